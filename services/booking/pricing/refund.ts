/** What goes back to a guest, by the terms the booking was taken under. */
import type { BookingPolicies } from "@holdfast/contracts/booking-policies";
import type { EpochMs } from "../calendar/opening-rules.ts";
import { percentOf } from "./rounding.ts";

/** A cancellation rule as bookings keep it: those taken before there were tiers have none. */
export interface StoredCancellationRule {
  readonly fullRefundUntilHours: number;
  readonly tiers?: readonly { readonly untilHours: number; readonly refundPercent: number }[];
  readonly refundPercentAfter: number;
}

/** What the booking costs, what of that was paid, when it starts, and when it is cancelled. */
export interface RefundAsked {
  readonly totalMinor: number;
  readonly currency: string;
  readonly paidMinor: number;
  readonly startsAtMs: EpochMs;
  readonly nowMs: EpochMs;
}

const hourMs = 3_600_000;

/**
 * What a cancellation at that moment gives back: everything in good time, then the share of the tier that still stands,
 * then the rule's last share until the start, then nothing. Exactly so many hours before the start is still in time.
 * Shares are of the total, rounded half up to what can be charged; what is to be kept and was not paid is not asked for.
 */
export function refundOf(rule: StoredCancellationRule, of: RefundAsked): number {
  const standing = deadlines(rule, of.startsAtMs).find((one) => of.nowMs <= one.lastMs);
  return ofPaid(of, percentOf(of.totalMinor, standing?.percent ?? 0, of.currency));
}

/** What goes back of what was paid, where that much of the total would. */
function ofPaid(
  { totalMinor, paidMinor }: Pick<RefundAsked, "totalMinor" | "paidMinor">,
  refundMinor: number,
) {
  return Math.max(0, paidMinor - (totalMinor - refundMinor));
}

/** The next instant, to the millisecond, from which less goes back than now; null where it never becomes less. */
export function refundChangesAt(rule: StoredCancellationRule, of: RefundAsked): EpochMs | null {
  const now = refundOf(rule, of);
  const turns = deadlines(rule, of.startsAtMs).map((one) => one.lastMs + 1);
  return turns.find((at) => at > of.nowMs && refundOf(rule, { ...of, nowMs: at }) < now) ?? null;
}

/** What goes back to a guest who did not come: a share of the total, rounded half up, of what was paid. */
export function noShowRefund(
  policies: Pick<BookingPolicies, "noShow">,
  of: Pick<RefundAsked, "totalMinor" | "currency" | "paidMinor">,
): number {
  return ofPaid(of, percentOf(of.totalMinor, policies.noShow.refundPercent, of.currency));
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
