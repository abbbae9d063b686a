/** When a booking's money is decided, and what it then means for the books. */
import type { Id } from "@holdfast/contracts/ids";
import { type Charges, keptMinor, type Payment } from "../payments/payment.ts";
import { isAtRest } from "../payments/plan-call.ts";
import { isOnArrival, merged, type Posting } from "./accounts.ts";
import { type Shares, sharesOf } from "./shares.ts";

/**
 * Is there nothing more to come of the booking: did it take place, or was it called off? Of one that stands a charge may
 * come to nothing, as its price fell, but not all that is kept.
 */
function isOver(charges: Charges): boolean {
  const [first] = charges;
  return first !== undefined && (first.completed || charges.every(({ asked }) => asked === "settle"));
}

/** What of a booking's money there is to settle. */
export interface Decided {
  readonly bookingId: Id<"bkg">;
  readonly vendorId: Id<"vnd">;
  readonly currency: string;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** What of the kept the vendor has in hand. */
  readonly onArrivalMinor: number;
  readonly totalMinor: number;
  readonly taxMinor: number;
}

function sumOf(charges: Charges, amountOf: (charge: Payment) => number): number {
  return charges.reduce((sum, charge) => sum + amountOf(charge), 0);
}

const takenOf = (charges: Charges) => sumOf(charges, ({ capturedMinor }) => capturedMinor);

/** Pure: the booking's money once it is over, all its charges have come to their targets, and it is known whose it is. */
export function decidedOf(charges: Charges): Decided | null {
  const [first] = charges;
  if (first === undefined || !isOver(charges) || !charges.every(isAtRest)) return null;
  const { bookingId, vendorId, totalMinor, taxMinor, currency } = first;
  if (vendorId === null || totalMinor === null || taxMinor === null) return null;
  const capturedMinor = takenOf(charges);
  // What a bank gave back over a dispute is as gone as what we gave back.
  const refundedMinor = capturedMinor - sumOf(charges, keptMinor);
  const onArrivalMinor = sumOf(charges, (charge) => (isOnArrival(charge) ? keptMinor(charge) : 0));
  const taken = { capturedMinor, refundedMinor, onArrivalMinor };
  return { bookingId, vendorId, currency, ...taken, totalMinor, taxMinor };
}

/**
 * Pure: what a change of a booking's charges means for its settlement. `waits`: it is over from now on, and its money has
 * yet to come to rest; `due`: it stands otherwise than before. Of a booking that nothing was taken of there is none.
 */
export function settlementNews(before: Charges, after: Charges): "waits" | "due" | null {
  if (takenOf(after) === 0 || !isOver(after)) return null;
  const decided = decidedOf(after);
  if (decided !== null && JSON.stringify(decided) !== JSON.stringify(decidedOf(before))) return "due";
  return isOver(before) && takenOf(before) > 0 ? null : "waits";
}

/**
 * Pure: leads the books from what the booking was settled at to what it comes to now; no posting where that is the same.
 * What the vendor was paid on arrival is theirs to keep, and taken from what they are to be sent.
 */
export function settlementOf(
  decided: Decided,
  settled: { readonly shares: Shares; readonly times: number },
  basisPoints: number,
): { readonly postings: Posting[]; readonly shares: Shares } {
  const { bookingId, vendorId, currency } = decided;
  const shares = sharesOf({ ...decided, basisPoints });
  const more = (name: keyof Shares) => shares[name] - settled.shares[name];
  const entries = merged([
    { account: "guest", currency, amountMinor: more("capturedMinor") },
    { account: "refunds", currency, amountMinor: -more("refundedMinor") },
    { account: "tax", currency, amountMinor: -more("taxMinor") },
    { account: "platform-fee", currency, amountMinor: -more("commissionMinor") },
    { account: "vendor-payable", currency, amountMinor: -more("payableMinor") },
  ]);
  const netted = merged([
    { account: "vendor-payable", currency, amountMinor: more("onArrivalMinor") },
    { account: "on-arrival", currency, amountMinor: -more("onArrivalMinor") },
  ]);
  const kind = settled.times === 0 ? "settlement" : "resettlement";
  const cause = `${bookingId}:${settled.times + 1}`;
  const about = { cause, bookingId, vendorId };
  const postings: Posting[] = [
    { ...about, kind, entries },
    { ...about, kind: "netting", entries: netted },
  ];
  return { postings: postings.filter((posting) => posting.entries.length > 0), shares };
}
