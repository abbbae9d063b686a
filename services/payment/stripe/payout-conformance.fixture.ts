/** What payment asks of Stripe Connect: true of Stripe itself and of its stand-in. */
import assert from "node:assert";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AccountCall, TransferCall } from "../providers/payout-provider.ts";
import { ChargeAtProvider, factsIn } from "../providers/provider-charge.fixture.ts";
import type { AccountAnswer } from "../payouts/payout-account.ts";
import type { TransferAnswer } from "../transfers/transfer.ts";
import type { StripeProvidersAt } from "./stripe-conformance.fixture.ts";

const sentMinor = 1_000;
type At = () => StripeProvidersAt;

function accountIn(answer: AccountAnswer) {
  assert(answer.outcome === "done" && answer.account !== null, `not done: ${JSON.stringify(answer)}`);
  return answer.account;
}

function idIn(answer: TransferAnswer): string {
  assert(answer.outcome === "done" && answer.providerId !== null, `not done: ${JSON.stringify(answer)}`);
  return answer.providerId;
}

function accountCall(purpose: AccountCall["purpose"]): AccountCall {
  const vendorId = newId("vnd");
  const createdAt = Temporal.Now.instant().toString();
  const account = { vendorId, country: "DE", accountId: null, createdAt };
  return { purpose, key: `vendor:${vendorId}:account:1`, account };
}

/** A currency that money is available in: what is paid by this card never is pending. */
async function toppedUp({ provider }: StripeProvidersAt): Promise<string> {
  const of = { captureAtOnce: true, paymentMethod: "pm_card_bypassPending" };
  const { fee } = factsIn(await new ChargeAtProvider(provider, of).make("create"));
  assert(fee, "what is taken at once has its fee known");
  return fee.currency;
}

function accounts(at: At): void {
  test("makes a vendor's account once under its key, finds it by its vendor, and sees what is missing", async () => {
    const call = accountCall("create");
    const made = accountIn(await at().payouts.callAboutAccount(call));
    expect(made).toMatchObject({ state: "pending", accountId: expect.stringMatching(/^acct_/) });
    expect(made.missing).not.toEqual([]);
    expect(accountIn(await at().payouts.callAboutAccount(call)).accountId).toBe(made.accountId);
    const found = await at().payouts.callAboutAccount({ ...call, purpose: "find" });
    expect(accountIn(found).accountId).toBe(made.accountId);
    const account = { ...call.account, accountId: made.accountId };
    const seen = await at().payouts.callAboutAccount({ ...call, account, purpose: "look" });
    expect(accountIn(seen)).toMatchObject({ accountId: made.accountId, state: "pending" });
    const pages = { returnUrl: "https://shop.test/back", refreshUrl: "https://shop.test/again" };
    const link = await at().payouts.makeOnboardingLink(made.accountId, pages);
    assert(link.outcome === "done", "the vendor is sent to a page of Stripe's");
    expect(Date.parse(link.expiresAt)).toBeGreaterThan(Date.now());
  });

  test("finds no account of a vendor that has none", async () => {
    const answer = await at().payouts.callAboutAccount(accountCall("find"));
    expect(answer).toEqual({ outcome: "done", account: null });
  });
}

function transfers(at: At): void {
  let currency: string;
  beforeAll(async () => {
    currency = await toppedUp(at());
  });
  const transferCall = (of: Partial<TransferCall["transfer"]> = {}): TransferCall => {
    const id = newId("trf");
    const { payee } = at();
    assert(payee !== null, "there is an account that can be sent money");
    const transfer = {
      id,
      vendorId: newId("vnd"),
      accountId: payee,
      currency,
      amountMinor: sentMinor,
      reverses: null,
      ...of,
    };
    return { purpose: "create", key: `transfer:${id}:create:1`, transfer };
  };
  const call = async (of: TransferCall) => at().payouts.callAboutTransfer(of);

  test("sends money once under its key, and finds what was sent", async () => {
    const sending = transferCall();
    expect(await call({ ...sending, purpose: "find" })).toEqual({ outcome: "done", providerId: null });
    const sent = idIn(await call(sending));
    expect(idIn(await call(sending))).toBe(sent);
    expect(idIn(await call({ ...sending, purpose: "find" }))).toBe(sent);
    expect(await at().stripe.transfers.retrieve(sent)).toMatchObject({
      amount: sentMinor,
      amount_reversed: 0,
    });
  });

  test("takes back in parts, each once under its key, and not one cent over", async () => {
    const sending = transferCall();
    const providerId = idIn(await call(sending));
    const reverses = { transferId: sending.transfer.id, providerId, bookingId: newId("bkg") };
    const takingBack = transferCall({ reverses, amountMinor: 400 });
    expect(await call({ ...takingBack, purpose: "find" })).toEqual({ outcome: "done", providerId: null });
    const taken = idIn(await call(takingBack));
    expect(idIn(await call(takingBack))).toBe(taken);
    expect(idIn(await call({ ...takingBack, purpose: "find" }))).toBe(taken);
    const over = await call(transferCall({ reverses, amountMinor: 601 }));
    expect(over.outcome).toBe("refused");
    expect((await call(transferCall({ reverses, amountMinor: 600 }))).outcome).toBe("done");
    expect((await at().stripe.transfers.retrieve(providerId)).amount_reversed).toBe(sentMinor);
  });

  test("is refused to an account whose vendor has told Stripe nothing yet", async () => {
    const { accountId } = accountIn(await at().payouts.callAboutAccount(accountCall("create")));
    const refused = await call(transferCall({ accountId }));
    expect(refused).toEqual({ outcome: "refused", reason: "insufficient_capabilities_for_transfer" });
  });
}

/** Registers the tests; Stripe is opened before the first and left after the last. */
export function payoutConformance(open: () => Promise<StripeProvidersAt>): void {
  let opened: StripeProvidersAt;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened[Symbol.asyncDispose]());
  const at: At = () => opened;
  accounts(at);
  transfers(at);
}
