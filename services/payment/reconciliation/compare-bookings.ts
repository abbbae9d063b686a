/** Compares what is kept of bookings with what booking says, and with what they were settled at. Pure. */
import type { BookingMoney } from "@holdfast/contracts/api/booking-money";
import { type Charges, keptOfAll, type Payment } from "../payments/payment.ts";
import { decidedOf } from "../ledger/settlement.ts";
import { isSettled } from "./compare-charges.ts";
import { type Finding, said, saidOf } from "./finding.ts";

/** What the booking was settled at. */
export interface SettledAt {
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly times: number;
  /** It is about to be settled, or settled anew. */
  readonly due: boolean;
}

const over: readonly BookingMoney["status"][] = ["declined", "expired"];
/** While it waits for one of these, what is kept is not what it will be. */
const deciding: readonly BookingMoney["step"][] = ["pay", "approve", "change"];

/** Does the booking stand, or is something kept of it though it does not? */
export function stands(booking: BookingMoney | null): boolean {
  return booking !== null && !over.includes(booking.status) && booking.status !== "cancelled";
}

function authorisedMinor(charges: Charges): number {
  const held = charges.filter(({ intentState }) => intentState === "authorised");
  return held.reduce((sum, charge) => sum + charge.authorisedMinor, 0);
}

const sumOf = (charges: Charges, of: (charge: Payment) => number) =>
  charges.reduce((sum, charge) => sum + of(charge), 0);

/**
 * The booking's charges with booking's word on them (null where booking knows no such booking). Null where that cannot be
 * judged now.
 */
export function compareBooking(charges: Charges, booking: BookingMoney | null): Finding[] | null {
  const [first] = charges;
  if (first === undefined) return [];
  // What waits for a bank's decision is kept by nobody.
  if (charges.some((charge) => !isSettled(charge) || charge.disputed)) return null;
  const { bookingId, currency } = first;
  const found = (kind: Finding["kind"], oursMinor: number, theirs: Finding["theirs"], repairable = true) => {
    const ours = saidOf("kept or held", oursMinor, currency);
    return [{ kind, subject: bookingId, bookingId, ours, theirs, repairable }];
  };
  const keptMinor = keptOfAll(charges);
  const heldMinor = keptMinor + authorisedMinor(charges);
  if (booking === null)
    return heldMinor > 0 ? found("money-without-booking", heldMinor, said("no such booking"), false) : [];
  const { status, step, keepMinor, facts } = booking;
  if (deciding.includes(step) || status === "held" || status === "awaiting-approval") return null;
  if (over.includes(status))
    return heldMinor > 0 ? found("money-without-booking", heldMinor, saidOf(status, 0, currency)) : [];
  // What was given back on top of what booking asked for comes off what it wants kept.
  const leastMinor = Math.max(0, keepMinor - sumOf(charges, ({ goodwillMinor }) => goodwillMinor));
  const theirs = saidOf(`${status}, to be kept`, leastMinor, facts.total.currency);
  if (facts.total.currency !== currency) return found("kept-differs", keptMinor, theirs, false);
  // A balance may be taken by now without booking having heard of it.
  const mostMinor = leastMinor + (facts.balance?.amount.amountMinor ?? 0);
  if (status === "cancelled" && leastMinor === 0 && heldMinor > 0)
    return found("money-without-booking", heldMinor, theirs);
  if (keptMinor > mostMinor) return found("kept-differs", keptMinor, theirs);
  if (keptMinor >= leastMinor) return [];
  // A bank has given back what we were to keep.
  if (keptMinor + sumOf(charges, ({ chargedBackMinor }) => chargedBackMinor) >= leastMinor) return [];
  const isToCome = heldMinor > keptMinor || charges.every(({ capturedMinor }) => capturedMinor === 0);
  return found(isToCome ? "capture-overdue" : "kept-differs", keptMinor, theirs, isToCome);
}

/**
 * What the booking was settled at (null where it never was), with what its charges come to. Null where that cannot be judged
 * now.
 */
export function compareSettlement(charges: Charges, settled: SettledAt | null): Finding[] | null {
  const decided = decidedOf(charges);
  if (decided === null || settled?.due) return null;
  // Over before there was a ledger, it is never settled.
  if (settled === null || decided.capturedMinor === 0) return [];
  const { bookingId, currency } = decided;
  const keptMinor = decided.capturedMinor - decided.refundedMinor;
  const atMinor = settled.capturedMinor - settled.refundedMinor;
  if (settled.times > 0 && atMinor === keptMinor) return [];
  const ours = saidOf(settled.times === 0 ? "not settled" : "settled at", atMinor, currency);
  const theirs = saidOf("kept, by the charges", keptMinor, currency);
  return [{ kind: "settlement-differs", subject: bookingId, bookingId, ours, theirs, repairable: true }];
}
