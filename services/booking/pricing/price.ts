/** What a booking costs: lines that add up to the total, in integer minor units. */
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { CancellationRule } from "@holdfast/contracts/booking-policies";
import type { PriceRule } from "@holdfast/contracts/price-rules";
import type { Money } from "@holdfast/contracts/values";
import type { BookableTime } from "../calendar/check-time.ts";

/** A price with the lines it comes from. */
export interface Price {
  readonly lines: readonly PriceLine[];
  readonly total: Money;
}

/**
 * The price of a time. Part hours are charged to the minute; each line is rounded once, half up, to the minor unit.
 * Undefined where the total would not be an exact integer (2^53 and beyond).
 */
export function priceOf(
  rule: PriceRule,
  length: BookableTime["length"],
  quantity: number,
): Price | undefined {
  const minutesOrNights = length.count * quantity * rule.amountMinor;
  const amountMinor =
    rule.per === "booking"
      ? rule.amountMinor * quantity
      : rule.per === "hour"
        ? Math.floor((minutesOrNights + 30) / 60)
        : minutesOrNights;
  if (!Number.isSafeInteger(minutesOrNights) || !Number.isSafeInteger(amountMinor)) return undefined;
  const line: PriceLine = {
    kind: "base",
    label: labels[rule.per],
    adjustments: [],
    count: rule.per === "booking" ? 1 : rule.per === "hour" ? length.count / 60 : length.count,
    unit: rule.per,
    quantity,
    unitAmountMinor: rule.amountMinor,
    amountMinor,
    included: false,
  };
  return { lines: [line], total: { amountMinor, currency: rule.currency } };
}

const labels = { hour: "Hours", night: "Nights", booking: "Booking" } as const;

/** What a cancellation at that moment gives back: all of it in good time, else the rule's share, rounded half up. */
export function refundOf(
  rule: CancellationRule,
  of: { readonly totalMinor: number; readonly startsAtMs: number; readonly nowMs: number },
): number {
  const inGoodTime = of.nowMs <= of.startsAtMs - rule.fullRefundUntilHours * 3_600_000;
  if (inGoodTime) return of.totalMinor;
  if (of.nowMs >= of.startsAtMs) return 0;
  return Number((BigInt(of.totalMinor) * BigInt(rule.refundPercentAfter) + 50n) / 100n);
}
