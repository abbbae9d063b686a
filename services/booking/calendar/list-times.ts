/** The times a listing offers: candidates on the resource's grid that pass the very check a booking must pass. */
import { checkOpening, type AskedTime, type BookableTime } from "./check-time.ts";
import { minuteMs, type EpochMs, type OpeningRules } from "./opening-rules.ts";
import { numberOf, type DayNumber } from "./zone-days.ts";

/** A bookable time with the date it starts on. */
export interface ListedTime extends AskedTime, BookableTime {
  readonly date: string;
}

/** Which times: those of one length that start on the dates `from` to `to`, both included. */
export interface TimesAsked {
  readonly from: Temporal.PlainDate;
  readonly to: Temporal.PlainDate;
  readonly length: number;
}

/** All bookable times, in order. */
export function listTimes(opening: OpeningRules, of: TimesAsked): ListedTime[] {
  const times: ListedTime[] = [];
  const last = numberOf(of.to);
  for (let day = numberOf(of.from); day <= last; day++) {
    for (const asked of candidatesOn(opening, day, of.length)) {
      const time = listed(opening, day, asked);
      if (time) times.push(time);
    }
  }
  return times;
}

/** The bookable times of one length that start on one date, one by one, for who stops at the first that is free. */
export function* timesOn(opening: OpeningRules, day: DayNumber, length: number): Generator<ListedTime> {
  for (const asked of candidatesOn(opening, day, length)) {
    const time = listed(opening, day, asked);
    if (time) yield time;
  }
}

/** The candidate as a listing has it; undefined where it cannot be booked. */
function listed(opening: OpeningRules, day: DayNumber, asked: AskedTime): ListedTime | undefined {
  const checked = checkOpening(opening, asked);
  if (typeof checked === "string") return undefined;
  const { startsAt, endsAt } = asked;
  return { startsAt, endsAt, length: checked.length, taken: checked.taken, date: opening.day(day).date };
}

function candidatesOn(opening: OpeningRules, number: DayNumber, length: number): AskedTime[] {
  if (!opening.zone.has(number)) return [];
  const { availability } = opening.rules;
  const day = opening.day(number);
  if (availability.by === "nights") {
    const startsAt = day.checkIn;
    const endsAt = opening.day(nightsAfter(opening, number, length)).checkOut;
    return startsAt === undefined || endsAt === undefined ? [] : [{ startsAt, endsAt }];
  }
  const step = availability.granularityMinutes * minuteMs;
  const starts: EpochMs[] = [];
  for (const { opensAt, closesAt } of day.around) {
    const skipped = Math.max(0, Math.ceil((day.startsAt - opensAt) / step));
    for (let at = opensAt + skipped * step; at < closesAt && at < day.endsAt; at += step) starts.push(at);
  }
  // Openings overlap where an exception or a clock change pushes one into the other.
  const inOrder = day.around.length > 1 ? [...new Set(starts)].toSorted((a, b) => a - b) : starts;
  return inOrder.map((startsAt) => ({ startsAt, endsAt: startsAt + length * minuteMs }));
}

/** The date so many nights later; a date that the zone skips has none. */
function nightsAfter(opening: OpeningRules, from: DayNumber, nights: number): DayNumber {
  let day = from;
  for (let slept = 0; slept < nights || !opening.zone.has(day); day++) {
    if (opening.zone.has(day)) slept++;
  }
  return day;
}

/** The length a listing uses where none is asked for: the resource's shortest. */
export function shortestLength(opening: OpeningRules): number {
  const { availability } = opening.rules;
  return availability.by === "nights" ? availability.minimumNights : availability.minimumMinutes;
}
