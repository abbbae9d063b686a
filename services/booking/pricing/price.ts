/** What a booking costs: lines that add up to the total, in integer minor units. */
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { PriceRule, PromotionTerms } from "@holdfast/contracts/price-rules";
import type { Money } from "@holdfast/contracts/values";
import type { BookableTime } from "../calendar/check-time.ts";
import { minuteMs, type EpochMs } from "../calendar/opening-rules.ts";
import { baseLines, extraLines, feeLines, promotionLine, sumOf, taxLines, type Line } from "./lines.ts";
import { UnitPrices } from "./unit-prices.ts";

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
 * The price of a booking. Every rounding is half up and exact: a unit's price once, after all its adjustments, to the
 * minor unit; a line's amount once (part hours count to the minute) and each share once, to the smallest amount that is
 * charged of the currency, which is a minor unit but for a few (`smallestCharge`). What a promotion takes off is rounded as an amount and then taken off, so half a unit is taken off whole.
 * The total is the sum of all lines that are not included in others. It is `too-large` where it, or an amount on the way
 * to it, would be no exact integer (2^53 and beyond).
 */
export function priceOf(rule: PriceRule, context: PriceContext): Price | PriceRefusal {
  return pricerOf(rule)(context);
}

/** As `priceOf`, for many bookings under one rule, such as a listing: what they share is worked out once. */
export function pricerOf(rule: PriceRule): (context: PriceContext) => Price | PriceRefusal {
  const prices = new UnitPrices(rule);
  return (context) => {
    const base = baseLines(rule, context, prices.of(context));
    const extras = extraLines(rule, context);
    if (typeof extras === "string") return extras;
    const { promotion } = context;
    const off = promotion ? promotionLine(promotion, rule.currency, [...base, ...extras]) : null;
    if (off === undefined) return "promotion-other-currency";
    const fees = feeLines(rule, context, base);
    const untaxed = [...base, ...extras, ...(off ? [off] : []), ...fees];
    return exactPrice([...untaxed, ...taxLines(rule, untaxed)], rule.currency);
  };
}

/** Does a listing's price depend on when it is read? */
export function dependsOnLeadTime(rule: PriceRule): boolean {
  return rule.adjustments.some((one) => one.when.leadHours !== undefined);
}

/** Whole minutes from now to a start, as prices count them. */
export function leadMinutes(startsAt: EpochMs, now: EpochMs): number {
  return Math.floor((startsAt - now) / minuteMs);
}

/** How much of the capacity is taken where so many units are free, in percent, rounded down; 100 where it shrank below. */
export function occupancyPercent(capacity: number, free: number): number {
  return Math.min(100, Math.floor((100 * (capacity - free)) / capacity));
}

function exactPrice(lines: readonly Line[], currency: string): Price | PriceRefusal {
  const total = sumOf(lines);
  if (!isExact(total) || !lines.every((line) => isExact(line.amountMinor) && isExact(line.unitAmountMinor))) {
    return "too-large";
  }
  return {
    lines: lines.map((line) => ({
      ...line,
      unitAmountMinor: Number(line.unitAmountMinor),
      amountMinor: Number(line.amountMinor),
    })),
    total: { amountMinor: Number(total), currency },
  };
}

const exactMax = BigInt(Number.MAX_SAFE_INTEGER);

function isExact(amountMinor: bigint): boolean {
  return -exactMax <= amountMinor && amountMinor <= exactMax;
}
