/** What a booking costs: lines that add up to the total, in integer minor units. */
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { PriceRule, PromotionTerms } from "@holdfast/contracts/price-rules";
import type { Money } from "@holdfast/contracts/values";
import type { BookableTime } from "../calendar/check-time.ts";
import type { EpochMs } from "../calendar/opening-rules.ts";

/** Everything about a booking that its price may depend on, beside the rule. */
export interface PriceContext {
  readonly zone: string;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly length: BookableTime["length"];
  readonly quantity: number;
  readonly people: number;
  /** Whole minutes from booking to start. */
  readonly leadMinutes: number;
  /** How much of the capacity others have taken at the fullest moment, rounded down. */
  readonly occupancyPercent: number;
  readonly extras: readonly { readonly code: string; readonly quantity: number }[];
  readonly promotion: PromotionTerms | null;
}

/** A price with the lines it comes from. */
export interface Price {
  readonly lines: readonly PriceLine[];
  readonly total: Money;
}

/** Why there is no price: it would be no exact integer, or something asked for is not to be had. */
export type PriceRefusal = "too-large" | "extra-unknown" | "too-many-extras" | "promotion-other-currency";

/**
 * The price of a time. Part hours are charged to the minute; each line is rounded once, half up, to the minor unit.
 * `too-large` where the total would not be an exact integer (2^53 and beyond).
 */
export function priceOf(rule: PriceRule, context: PriceContext): Price | PriceRefusal {
  const { length, quantity } = context;
  const minutesOrNights = length.count * quantity * rule.amountMinor;
  const amountMinor =
    rule.per === "booking"
      ? rule.amountMinor * quantity
      : rule.per === "hour"
        ? Math.floor((minutesOrNights + 30) / 60)
        : minutesOrNights;
  if (!Number.isSafeInteger(minutesOrNights) || !Number.isSafeInteger(amountMinor)) return "too-large";
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
