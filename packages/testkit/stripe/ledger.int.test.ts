import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Stripe } from "stripe";
import { heldPayment, idOf, openVendor, post, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";

/** A life of everything that moves money: paid, refunded, disputed, transferred, taken back, paid out. */
async function live(standIn: StripeStandIn, stripe: Stripe): Promise<{ vendor: string; charge: string }> {
  const vendor = await openVendor(standIn, stripe);
  const automatic = { ...heldPayment, capture_method: "automatic" } as const;
  const paid = await stripe.paymentIntents.create(automatic);
  const charge = idOf(paid.latest_charge);
  const transfer = await stripe.transfers.create({
    amount: 8000,
    currency: "eur",
    destination: vendor,
    source_transaction: charge,
    metadata: { settlement: "1" },
  });
  await stripe.refunds.create({ payment_intent: paid.id, amount: 1000 });
  await stripe.transfers.createReversal(transfer.id, { amount: 800 });
  await stripe.paymentIntents.create({ ...automatic, payment_method: "pm_card_createDispute" });
  const won = await stripe.paymentIntents.create({ ...automatic, payment_method: "pm_card_createDispute" });
  const [dispute] = (await stripe.disputes.list({ payment_intent: won.id })).data;
  await post(standIn, `disputes/${dispute?.id}/close`, { outcome: "won" });
  await post(standIn, "fees", { currency: "eur", amount: 200 });
  await post(standIn, "payouts", { currency: "eur", amount: 500 });
  return { vendor, charge };
}

describe("the ledger", () => {
  it("has every movement, which together make the platform's and the vendors' balances", async () => {
    const { standIn, stripe } = await startWithClient();
    await using _ = standIn;
    const { vendor, charge } = await live(standIn, stripe);
    const { balances, intents, transfers, disputes, accounts } = standIn.ledger();
    expect(balances["eur"]).toEqual({
      available: 30_000 - 1000 - 10_000 - 8000 + 800 - 200 - 500 - (3 * 175 + 2 * 2000),
      fees: 3 * 175 + 2 * 2000,
      byType: {
        charge: 30_000,
        refund: -1000,
        adjustment: -10_000,
        transfer: -8000,
        transfer_refund: 800,
        stripe_fee: -200,
        payout: -500,
      },
    });
    expect(accounts).toEqual({ [vendor]: { eur: 7200 } });
    expect(intents).toMatchObject([
      { captured: 10_000, refunded: 1000, fee: 175, transferred: 8000, reversed: 800, disputed: 0 },
      { fee: 175, transferred: 0, disputed: 10_000 },
      { fee: 175, disputed: 0 },
    ]);
    expect(transfers).toMatchObject([
      {
        destination: vendor,
        currency: "eur",
        amount: 8000,
        reversed: 800,
        sourceTransaction: charge,
        metadata: { settlement: "1" },
      },
    ]);
    expect(disputes).toMatchObject([
      { status: "needs_response", amount: 10_000, net: -12_000 },
      { status: "won", amount: 10_000, net: -2000 },
    ]);
    let net = 0;
    for await (const transaction of stripe.balanceTransactions.list({ limit: 3 })) net += transaction.net;
    expect(net).toBe(balances["eur"]?.available);
  });

  it("is the same to the cent in a later start, and goes on from there", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "holdfast-stripe-"));
    const stateFile = join(folder.path, "stripe.jsonl");
    const first = await startWithClient({ stateFile });
    const { vendor, charge } = await live(first.standIn, first.stripe);
    const link = await first.stripe.accountLinks.create({
      account: vendor,
      type: "account_onboarding",
      refresh_url: "https://shop.test/again",
      return_url: "https://shop.test/done",
    });
    await fetch(link.url, { method: "POST" });
    const before = first.standIn.ledger();
    await first.standIn[Symbol.asyncDispose]();

    const { standIn, stripe } = await startWithClient({ stateFile });
    await using _ = standIn;
    expect(standIn.ledger()).toEqual(before);
    expect(await stripe.accounts.retrieve(vendor)).toMatchObject({ payouts_enabled: true });
    const { pathname } = new URL(link.url);
    expect((await fetch(`${standIn.url}${pathname}`, { method: "POST" })).status).toBe(404);
    const over = await refusalOf(
      stripe.transfers.create({
        amount: 2801,
        currency: "eur",
        destination: vendor,
        source_transaction: charge,
      }),
    );
    expect(over.param).toBe("amount");
    const [transfer] = (await stripe.transfers.list()).data;
    const { data } = await stripe.transfers.listReversals(transfer?.id ?? "");
    expect(data).toMatchObject([{ amount: 800 }]);
    const [payout] = (await stripe.payouts.list()).data;
    expect(
      (await stripe.balanceTransactions.list({ payout: payout?.id ?? "", limit: 100 })).data,
    ).toHaveLength(11);
    const [open] = (await stripe.disputes.list()).data.filter(({ status }) => status === "needs_response");
    expect((await stripe.disputes.close(open?.id ?? "")).status).toBe("lost");
  });

  it("keeps balances to the cent when the oldest intents and transfers are dropped", async () => {
    const { standIn, stripe } = await startWithClient({ bounds: { intents: 2, transfers: 2 } });
    await using _ = standIn;
    const destination = await openVendor(standIn, stripe);
    for (let count = 1; count <= 4; count += 1) {
      const paid = await stripe.paymentIntents.create({ ...heldPayment, capture_method: "automatic" });
      const source = idOf(paid.latest_charge);
      await stripe.transfers.create({
        amount: 1000 + count,
        currency: "eur",
        destination,
        source_transaction: source,
      });
    }
    const { balances, transfers, accounts } = standIn.ledger();
    expect(balances["eur"]).toMatchObject({
      available: 4 * 9825 - 4010,
      byType: { charge: 40_000, transfer: -4010 },
    });
    expect(transfers.map(({ amount }) => amount)).toEqual([1003, 1004]);
    expect(accounts[destination]).toEqual({ eur: 4010 });
    expect((await stripe.balanceTransactions.list({ type: "transfer" })).data).toHaveLength(2);
    expect((await stripe.balanceTransactions.list({ type: "charge" })).data).toHaveLength(2);
  });
});
