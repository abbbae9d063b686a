/** What goes back to a guest, by the terms the booking was taken under. */
import type { BookingPolicies } from "@holdfast/contracts/booking-policies";
import type { EpochMs } from "../calendar/opening-rules.ts";
import { halfUp } from "./rounding.ts";

/** A cancellation rule as bookings keep it: those taken before there were tiers have none. */
export interface StoredCancellationRule {
  readonly fullRefundUntilHours: number;
  readonly tiers?: readonly { readonly untilHours: number; readonly refundPercent: number }[];
  readonly refundPercentAfter: number;
}

/** What was paid, when the booking starts, and when it is cancelled. */
export interface RefundAsked {
  readonly totalMinor: number;
  readonly startsAtMs: EpochMs;
  readonly nowMs: EpochMs;
}

const hourMs = 3_600_000;

/**
 * What a cancellation at that moment gives back: everything in good time, then the share of the tier that still stands,
 * then the rule's last share until the start, then nothing. Exactly so many hours before the start is still in time.
 * Shares are rounded half up to the minor unit.
 */
export function refundOf(rule: StoredCancellationRule, of: RefundAsked): number {
  const standing = deadlines(rule, of.startsAtMs).find((one) => of.nowMs <= one.lastMs);
  return percentOf(of.totalMinor, standing?.percent ?? 0);
}

/** The next instant, to the millisecond, from which less goes back than now; null where it never becomes less. */
export function refundChangesAt(rule: StoredCancellationRule, of: RefundAsked): EpochMs | null {
  const now = refundOf(rule, of);
  const turns = deadlines(rule, of.startsAtMs).map((one) => one.lastMs + 1);
  return turns.find((at) => at > of.nowMs && refundOf(rule, { ...of, nowMs: at }) < now) ?? null;
}

/** What goes back to a guest who did not come, rounded half up. */
export function noShowRefund(policies: Pick<BookingPolicies, "noShow">, totalMinor: number): number {
  return percentOf(totalMinor, policies.noShow.refundPercent);
}

/** What is due with a booking, rounded half up; the rest of its total is the balance. */
export function depositOf(policies: Pick<BookingPolicies, "depositPercent">, totalMinor: number): number {
  return percentOf(totalMinor, policies.depositPercent);
}

/** Shares with the last millisecond at which each is given, in order. */
function deadlines(rule: StoredCancellationRule, startsAtMs: EpochMs) {
  return [
    { lastMs: startsAtMs - rule.fullRefundUntilHours * hourMs, percent: 100 },
    ...(rule.tiers ?? []).map((tier) => ({
      lastMs: startsAtMs - tier.untilHours * hourMs,
      percent: tier.refundPercent,
    })),
    { lastMs: startsAtMs - 1, percent: rule.refundPercentAfter },
  ];
}

function percentOf(totalMinor: number, percent: number): number {
  return Number(halfUp(BigInt(totalMinor) * BigInt(percent), 100n));
}
