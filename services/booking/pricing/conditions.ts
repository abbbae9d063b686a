/** When an adjustment applies: conditions on a booking as a whole, and on each stretch of it by the wall clock. */
import { minutesOf, weekdays } from "@holdfast/contracts/availability-rules";
import type { PriceCondition } from "@holdfast/contracts/price-rules";
import type { PriceContext } from "./price.ts";

/** A date as the number of days since 1970-01-01. */
export type DayNumber = number;

const dayMs = 86_400_000;

/** Do the conditions on the booking as a whole hold? */
export function holdsForBooking(when: PriceCondition, context: PriceContext): boolean {
  return (
    isWithin(context.length.count, when.length) &&
    isWithin(context.leadMinutes, when.leadHours, 60) &&
    isWithin(context.quantity, when.quantity) &&
    isWithin(context.people, when.people) &&
    isWithin(context.occupancyPercent, when.occupancyPercent)
  );
}

function isWithin(
  count: number,
  bounds: { readonly atLeast?: number | undefined; readonly atMost?: number | undefined } | undefined,
  each = 1,
): boolean {
  if (!bounds) return true;
  const { atLeast = -Infinity, atMost = Infinity } = bounds;
  return count >= atLeast * each && count <= atMost * each;
}

/** Is there a condition that the wall clock decides? */
export function readsWallClock(when: PriceCondition): boolean {
  return (when.dates ?? when.season ?? when.weekdays ?? when.hours) !== undefined;
}

/**
 * Do the conditions on date and wall clock hold, that many minutes into the day? Hours that run past midnight belong to
 * the day they begin on: Friday from 22:00 to 02:00 ends on Saturday.
 */
export function holdsAt(when: PriceCondition, day: DayNumber, minute: number): boolean {
  const date = when.hours ? dayOfHours(when.hours, day, minute) : day;
  return date !== undefined && holdsOn(when, date);
}

/** The day on which the hours began that this minute lies in; undefined where it lies outside. */
function dayOfHours(
  hours: NonNullable<PriceCondition["hours"]>,
  day: DayNumber,
  minute: number,
): DayNumber | undefined {
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  if (from < to) return from <= minute && minute < to ? day : undefined;
  if (minute >= from) return day;
  return minute < to ? day - 1 : undefined;
}

function holdsOn({ dates, season, weekdays: on }: PriceCondition, day: DayNumber): boolean {
  if (!dates && !season && !on) return true;
  const date = Temporal.Instant.fromEpochMilliseconds(day * dayMs)
    .toZonedDateTimeISO("UTC")
    .toPlainDate();
  const text = date.toString();
  if (dates && (text < dates.from || text > dates.to)) return false;
  if (season && !isInSeason(season, text.slice(-5))) return false;
  return !on || on.includes(weekdays[date.dayOfWeek - 1]!);
}

/** Month and day between both, both included; from the later to the earlier it runs over the turn of the year. */
function isInSeason(season: NonNullable<PriceCondition["season"]>, monthDay: string): boolean {
  const [afterFrom, beforeTo] = [season.from <= monthDay, monthDay <= season.to];
  return season.from <= season.to ? afterFrom && beforeTo : afterFrom || beforeTo;
}

/** Minutes of the day at which what holds may change: midnight, and where hours begin and end. */
export function turnsOfDay(conditions: readonly PriceCondition[]): number[] {
  const turns = conditions.flatMap(({ hours }) =>
    hours ? [minutesOf(hours.from), minutesOf(hours.to)].filter((minute) => minute < 1440) : [],
  );
  return [...new Set([0, ...turns])].toSorted((a, b) => a - b);
}
