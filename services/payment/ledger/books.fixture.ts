/** Holds the books of a world to its charges and to what Stripe has done. */
import { basisPoints, type PaymentWorld } from "../payments/payment-world.fixture.ts";
import type { Account, Posting } from "./accounts.ts";
import { decidedOf } from "./settlement.ts";
import { sharesOf } from "./shares.ts";

/** An account's balance over all postings. */
export function balanceOf(postings: readonly Posting[], account: Account, currency = "EUR"): number {
  return postings
    .flatMap(({ entries }) => entries)
    .filter((entry) => entry.account === account && entry.currency === currency)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** Postings whose entries do not add up to nothing in every currency. */
export function unbalanced(postings: readonly Posting[]): Posting[] {
  return postings.filter(({ entries }) => {
    const sums = new Map<string, number>();
    for (const { currency, amountMinor } of entries)
      sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
    return entries.length === 0 || [...sums.values()].some((sum) => sum !== 0);
  });
}

/** What is wrong with the books; nothing, if they say what the charges say. */
export function contradictionsOfBooks(world: PaymentWorld): string[] {
  const { books, charges, stripe } = world;
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
  const captured = sum(charges.map(({ capturedMinor }) => capturedMinor));
  const refunded = sum(charges.map(({ refundedMinor }) => refundedMinor));
  const fees = sum(charges.map(({ fee }) => fee?.amountMinor ?? 0));
  const causes = new Set(books.map(({ kind, cause }) => `${kind} ${cause}`));
  const atStripe = stripe.intents.filter(({ state }) => state === "captured").map((one) => stripe.feeOf(one));
  const { shares: settled } = world.settled;
  const parts = -sum(
    (["tax", "platform-fee", "vendor-payable"] as const).map((name) => balanceOf(books, name)),
  );
  const decided = decidedOf(charges);
  const rightly = decided === null ? null : sharesOf({ ...decided, basisPoints });
  const wrong = {
    "a posting does not balance": unbalanced(books).length > 0,
    "one cause was posted twice": causes.size < books.length,
    "guests have paid something else": balanceOf(books, "guest") !== settled.capturedMinor - captured,
    "something else was given back": balanceOf(books, "refunds") !== refunded - settled.refundedMinor,
    "what was settled is not what was kept": parts !== settled.capturedMinor - settled.refundedMinor,
    "what is decided is not settled":
      decided !== null && captured > 0 && JSON.stringify(settled) !== JSON.stringify(rightly),
    "the fee is another": balanceOf(books, "stripe-fee") !== fees || fees > sum(atStripe),
    "Stripe holds something else": balanceOf(books, "stripe") !== captured - refunded - fees,
  };
  return Object.entries(wrong).flatMap(([name, is]) => (is ? [name] : []));
}
