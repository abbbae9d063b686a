/** What one hour, one night or one booking costs at a moment: the rule's amount with the adjustments that apply. */
import type { PriceAdjustment, PriceRule } from "@holdfast/contracts/price-rules";
import { holdsAt, holdsForBooking, readsWallClock, turnsOfDay, type DayNumber } from "./conditions.ts";
import type { PriceContext } from "./price.ts";
import { halfUp } from "./rounding.ts";

/** A price of one, with what made it; the same adjustments make the same object. */
export interface UnitPrice {
  readonly amountMinor: bigint;
  /** Labels of the adjustments, in the order they were applied. */
  readonly adjustments: readonly string[];
}

/** The prices of a day: each holds from that minute on, until the next one's. */
export type DayPrices = readonly { readonly fromMinute: number; readonly price: UnitPrice }[];

/** The prices that one booking meets: of each day, or one for all days, where the wall clock does not matter. */
export interface BookingPrices {
  readonly always: UnitPrice | undefined;
  on(day: DayNumber): DayPrices;
}

/**
 * A rule's unit prices. They are remembered while this lives, which is no longer than one booking or one listing is
 * priced: a price a set of adjustments that applied together, and the days that were asked for.
 */
export class UnitPrices {
  readonly #rule: PriceRule;
  readonly #prices = new Map<string, UnitPrice>();
  readonly #bookings = new Map<string, BookingPrices>();

  constructor(rule: PriceRule) {
    this.#rule = rule;
  }

  /** The prices for a booking of that length, lead time, quantity, people and occupancy. */
  of(context: PriceContext): BookingPrices {
    const applicable = this.#rule.adjustments.filter((one) => holdsForBooking(one.when, context));
    const key = this.#keyOf(applicable);
    const known = this.#bookings.get(key);
    if (known) return known;
    const prices = this.#pricesWith(applicable);
    this.#bookings.set(key, prices);
    return prices;
  }

  #pricesWith(applicable: readonly PriceAdjustment[]): BookingPrices {
    const conditions = applicable.map((one) => one.when);
    const always = conditions.some(readsWallClock) ? undefined : this.#price(applicable);
    const turns = turnsOfDay(conditions);
    const days = new Map<DayNumber, DayPrices>();
    const on = (day: DayNumber): DayPrices => {
      const known = days.get(day);
      if (known) return known;
      const prices = turns.map((fromMinute) => {
        const applied = applicable.filter((one) => holdsAt(one.when, day, fromMinute));
        return { fromMinute, price: this.#price(applied) };
      });
      const changing = prices.filter(({ price }, index) => price !== prices[index - 1]?.price);
      days.set(day, changing);
      return changing;
    };
    return { always, on };
  }

  #price(applied: readonly PriceAdjustment[]): UnitPrice {
    const key = this.#keyOf(applied);
    const known = this.#prices.get(key);
    if (known) return known;
    const price = {
      amountMinor: adjusted(this.#rule.amountMinor, applied),
      adjustments: applied.map((one) => one.label),
    };
    this.#prices.set(key, price);
    return price;
  }

  #keyOf(adjustments: readonly PriceAdjustment[]): string {
    return adjustments.map((one) => this.#rule.adjustments.indexOf(one)).join(",");
  }
}

const whole = 10_000n;

/** Each change applied in order, never below zero, kept as an exact fraction and rounded half up once at the end. */
function adjusted(amountMinor: number, adjustments: readonly PriceAdjustment[]): bigint {
  let [numerator, denominator] = [BigInt(amountMinor), 1n];
  for (const { change } of adjustments) {
    if ("setMinor" in change) [numerator, denominator] = [BigInt(change.setMinor), 1n];
    else if ("amountMinor" in change) numerator += BigInt(change.amountMinor) * denominator;
    else {
      numerator *= whole + BigInt(change.basisPoints);
      denominator *= whole;
    }
    if (numerator < 0n) numerator = 0n;
  }
  return halfUp(numerator, denominator);
}
