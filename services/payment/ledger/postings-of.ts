/** What a decision about a charge means for the books. */
import type { Payment, Step } from "../payments/payment.ts";
import { type Account, type Entry, isOnArrival, merged, type Posting, type PostingKind } from "./accounts.ts";

type Moved = Pick<Step, "payment" | "refunds"> & { readonly before: Payment | null };

function about(
  { id, bookingId, vendorId }: Payment,
  kind: PostingKind,
  cause: string,
  entries: readonly Entry[],
): Posting {
  return { kind, cause: cause === "" ? id : `${id}:${cause}`, bookingId, vendorId, entries: merged(entries) };
}

/** Where a charge's money is once it is taken: with the provider, or with the vendor whom the guest paid in person. */
function holderOf(payment: Payment): Account {
  return isOnArrival(payment) ? "on-arrival" : "stripe";
}

/** What the provider kept for itself. It may do so in another currency: the one our account with it is in. */
function feeEntries({ fee }: Payment): Entry[] {
  if (fee === null) return [];
  const { amountMinor, currency } = fee;
  return [
    { account: "stripe-fee", currency, amountMinor },
    { account: "stripe", currency, amountMinor: -amountMinor },
  ];
}

function captureOf(payment: Payment, amountMinor: number, fee: readonly Entry[]): Posting {
  const { currency, capturedMinor } = payment;
  return about(payment, "capture", String(capturedMinor), [
    { account: holderOf(payment), currency, amountMinor },
    ...fee,
    { account: "guest", currency, amountMinor: -amountMinor },
  ]);
}

/**
 * Pure: the transactions by which the books follow a charge from what it was to what it is. A capture names the amount it
 * reached, a refund is named by its row, so that the same move, found again, is the same cause.
 */
export function postingsOf({ before, payment, refunds }: Moved): Posting[] {
  const postings: Posting[] = [];
  const { currency } = payment;
  const capturedMinor = payment.capturedMinor - (before?.capturedMinor ?? 0);
  const fee = (before?.fee ?? null) === null ? feeEntries(payment) : [];
  if (capturedMinor > 0) postings.push(captureOf(payment, capturedMinor, fee));
  else if (merged(fee).length > 0) postings.push(about(payment, "fee", "", fee));
  for (const { id, amountMinor } of refunds) {
    const entries: Entry[] = [
      { account: "refunds", currency, amountMinor },
      { account: holderOf(payment), currency, amountMinor: -amountMinor },
    ];
    postings.push({ ...about(payment, "refund", "", entries), cause: id });
  }
  return postings;
}
