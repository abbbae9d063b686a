/** A booking cut where its unit price changes: each night, or hours by the wall clock, or all of it in one. */
import assert from "node:assert";
import type { PriceRule } from "@holdfast/contracts/price-rules";
import { minuteMs } from "../calendar/opening-rules.ts";
import type { DayNumber } from "./conditions.ts";
import type { PriceContext } from "./price.ts";
import type { BookingPrices, DayPrices, UnitPrice } from "./unit-prices.ts";
import { clockSpan } from "./wall-clock.ts";

/** Neighbouring minutes, nights, or the one booking, at one price. */
export interface Slice {
  readonly count: number;
  readonly price: UnitPrice;
}

const dayMs = 1440 * minuteMs;

/**
 * The slices in order, neighbours of the same price and adjustments in one. Minutes are elapsed ones, so the hour that
 * a clock change repeats counts twice. A night is judged by the date it begins on and the time of check-in, a booking by
 * its start.
 */
export function slicesOf(per: PriceRule["per"], context: PriceContext, prices: BookingPrices): Slice[] {
  const { length } = context;
  const counted = per === "booking" ? 1 : length.count;
  assert(per === "booking" || per === perOfLength[length.unit], "the price fits the availability");
  if (prices.always) return [{ count: counted, price: prices.always }];
  return per === "hour" ? minuteSlices(context, prices) : daySlices(counted, context, prices);
}

const perOfLength = { minute: "hour", night: "night" } as const;

/** One slice for each day from the start on. */
function daySlices(days: number, { zone, startsAt }: PriceContext, prices: BookingPrices): Slice[] {
  const { day, msOfDay } = wallClock(startsAt + clockSpan(zone, startsAt).offsetMs);
  const slices: Slice[] = [];
  for (let index = 0; index < days; index++) {
    const ofDay = prices.on(day + index);
    append(slices, { count: 1, price: ofDay[indexAt(ofDay, msOfDay)]!.price });
  }
  return slices;
}

function minuteSlices({ zone, startsAt, length }: PriceContext, prices: BookingPrices): Slice[] {
  const endsAt = startsAt + length.count * minuteMs;
  const slices: Slice[] = [];
  let at = startsAt;
  while (at < endsAt) {
    const span = clockSpan(zone, at);
    const { day, msOfDay } = wallClock(at + span.offsetMs);
    const ofDay = prices.on(day);
    const index = indexAt(ofDay, msOfDay);
    const turnsAtMs = (ofDay[index + 1]?.fromMinute ?? 1440) * minuteMs;
    const until = Math.min(endsAt, span.until, at + turnsAtMs - msOfDay);
    append(slices, { count: (until - at) / minuteMs, price: ofDay[index]!.price });
    at = until;
  }
  return slices;
}

/** The date and the time of day that a wall clock shows. */
export function wallClock(wallMs: number): { readonly day: DayNumber; readonly msOfDay: number } {
  const day = Math.floor(wallMs / dayMs);
  return { day, msOfDay: wallMs - day * dayMs };
}

function indexAt(ofDay: DayPrices, msOfDay: number): number {
  return ofDay.findLastIndex((one) => one.fromMinute * minuteMs <= msOfDay);
}

function append(slices: Slice[], slice: Slice): void {
  const last = slices.at(-1);
  if (last?.price === slice.price) slices[slices.length - 1] = { ...last, count: last.count + slice.count };
  else slices.push(slice);
}
