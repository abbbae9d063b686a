/**
 * Stripe Connect behind the core's interface: vendors' accounts and what is sent there, as separate charges and transfers
 * (https://docs.stripe.com/connect/separate-charges-and-transfers). Parameters follow from what was written down, so a
 * repetition is the same request.
 */
import assert from "node:assert";
import { Stripe } from "stripe";
import type { Failed } from "../payments/answer.ts";
import { usualProvider } from "../providers/provider.ts";
import type {
  AccountCall,
  OnboardingPages,
  PayoutProvider,
  TransferCall,
} from "../providers/payout-provider.ts";
import type { AccountAnswer } from "../payouts/payout-account.ts";
import type { TransferAnswer } from "../transfers/transfer.ts";
import { accountFacts } from "./account-facts.ts";
import { classifyError } from "./classify-error.ts";
import { toStripe } from "./stripe-amounts.ts";

const pageSize = 100;
/** Pages of accounts read at most when looking for one whose creation never answered. */
const pagesMax = 20;
/** Stripe's clock and ours may differ by this much. */
const clockSkewSeconds = 60;

async function createAccount(stripe: Stripe, { key, account }: AccountCall): Promise<AccountAnswer> {
  const made = await stripe.accounts.create(
    {
      country: account.country,
      // Stripe asks the vendor what it must know, and the platform bears what a vendor cannot give back.
      controller: {
        fees: { payer: "application" },
        losses: { payments: "application" },
        requirement_collection: "stripe",
        stripe_dashboard: { type: "express" },
      },
      capabilities: { transfers: { requested: true } },
      metadata: { vendor_id: account.vendorId },
    },
    { idempotencyKey: key },
  );
  return { outcome: "done", account: accountFacts(made) };
}

/** The list is consistent; it is read newest first, back to the time of our own row. */
async function findAccount(stripe: Stripe, { account }: AccountCall): Promise<AccountAnswer> {
  const sinceMs = Temporal.Instant.from(account.createdAt).epochMilliseconds;
  const created = { gte: Math.floor(sinceMs / 1000) - clockSkewSeconds };
  let after: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await stripe.accounts.list({
      created,
      limit: pageSize,
      ...(after === undefined ? undefined : { starting_after: after }),
    });
    const found = listed.data.find(({ metadata }) => metadata?.["vendor_id"] === account.vendorId);
    if (found !== undefined) return { outcome: "done", account: accountFacts(found) };
    after = listed.data.at(-1)?.id;
    if (!listed.has_more || after === undefined) return { outcome: "done", account: null };
  }
  return { outcome: "refused", reason: "account-not-found" };
}

async function lookAtAccount(stripe: Stripe, { account }: AccountCall): Promise<AccountAnswer> {
  assert(account.accountId !== null, "a look has an account");
  return { outcome: "done", account: accountFacts(await stripe.accounts.retrieve(account.accountId)) };
}

const accountCalls = { create: createAccount, find: findAccount, look: lookAtAccount } as const;

async function createTransfer(stripe: Stripe, { key, transfer }: TransferCall): Promise<TransferAnswer> {
  const { id, vendorId, accountId, currency, amountMinor } = transfer;
  const made = await stripe.transfers.create(
    {
      amount: toStripe(amountMinor, currency),
      currency: currency.toLowerCase(),
      destination: accountId,
      transfer_group: id,
      metadata: { transfer_id: id, vendor_id: vendorId },
    },
    { idempotencyKey: key },
  );
  return { outcome: "done", providerId: made.id };
}

/** A transfer is alone in its group. */
async function findTransfer(stripe: Stripe, { transfer: { id } }: TransferCall): Promise<TransferAnswer> {
  const listed = await stripe.transfers.list({ transfer_group: id, limit: 1 });
  return { outcome: "done", providerId: listed.data[0]?.id ?? null };
}

async function createReversal(stripe: Stripe, { key, transfer }: TransferCall): Promise<TransferAnswer> {
  const { id, vendorId, currency, amountMinor, reverses } = transfer;
  assert(reverses !== null, "a reversal reverses something");
  const metadata = { transfer_id: id, vendor_id: vendorId, booking_id: reverses.bookingId };
  const made = await stripe.transfers.createReversal(
    reverses.providerId,
    { amount: toStripe(amountMinor, currency), metadata },
    { idempotencyKey: key },
  );
  return { outcome: "done", providerId: made.id };
}

async function findReversal(stripe: Stripe, { transfer }: TransferCall): Promise<TransferAnswer> {
  const { id, reverses } = transfer;
  assert(reverses !== null, "a reversal reverses something");
  let after: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await stripe.transfers.listReversals(reverses.providerId, {
      limit: pageSize,
      ...(after === undefined ? undefined : { starting_after: after }),
    });
    const found = listed.data.find(({ metadata }) => metadata?.["transfer_id"] === id);
    if (found !== undefined) return { outcome: "done", providerId: found.id };
    after = listed.data.at(-1)?.id;
    if (!listed.has_more || after === undefined) return { outcome: "done", providerId: null };
  }
  return { outcome: "refused", reason: "reversal-not-found" };
}

function moveMoney(stripe: Stripe, call: TransferCall): Promise<TransferAnswer> {
  const isTransfer = call.transfer.reverses === null;
  if (call.purpose === "create")
    return isTransfer ? createTransfer(stripe, call) : createReversal(stripe, call);
  return isTransfer ? findTransfer(stripe, call) : findReversal(stripe, call);
}

/** Stripe's own word for a refusal, which tells a person more than ours would. */
async function answering<A>(
  make: () => Promise<A>,
): Promise<A | { readonly outcome: "refused"; readonly reason: string } | Failed> {
  try {
    return await make();
  } catch (error) {
    const isGone = error instanceof Stripe.errors.StripeError && error.code === "account_invalid";
    if (isGone) return { outcome: "refused", reason: "account_invalid" };
    const answer = classifyError(error);
    if (answer.outcome === "failed") return answer;
    const code = error instanceof Stripe.errors.StripeError ? error.code : undefined;
    return { outcome: "refused", reason: code ?? "refused" };
  }
}

async function makeOnboardingLink(
  stripe: Stripe,
  accountId: string,
  { returnUrl, refreshUrl }: OnboardingPages,
) {
  const { url, expires_at: expires } = await stripe.accountLinks.create({
    account: accountId,
    type: "account_onboarding",
    return_url: returnUrl,
    refresh_url: refreshUrl,
  });
  const expiresAt = Temporal.Instant.fromEpochMilliseconds(expires * 1_000).toString();
  return { outcome: "done" as const, url, expiresAt };
}

export function stripePayouts(stripe: Stripe): PayoutProvider {
  return {
    name: usualProvider,
    callAboutAccount: (call) => answering(() => accountCalls[call.purpose](stripe, call)),
    callAboutTransfer: (call) => answering(() => moveMoney(stripe, call)),
    makeOnboardingLink: (accountId, pages) => answering(() => makeOnboardingLink(stripe, accountId, pages)),
  };
}
