/** The times a listing offers: candidates on the resource's grid that pass the very check a booking must pass. */
import { checkOpening, type AskedTime, type BookableTime } from "./check-time.ts";
import { minuteMs, type Day, type EpochMs, type OpeningRules } from "./opening-rules.ts";
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
  return [...eachTime(opening, of)];
}

/** The same one by one, for who stops at the first that is free. */
export function* eachTime(opening: OpeningRules, of: TimesAsked): Generator<ListedTime> {
  const last = numberOf(of.to);
  for (let day = numberOf(of.from); day <= last; day++) yield* timesOn(opening, day, of.length);
}

/** The bookable times of one length that start on one date, one by one. */
export function* timesOn(opening: OpeningRules, number: DayNumber, length: number): Generator<ListedTime> {
  if (!opening.zone.has(number)) return;
  const day = opening.day(number);
  for (const asked of candidatesOn(opening, day, length)) {
    const checked = checkOpening(opening, asked);
    if (typeof checked === "string") continue;
    const { startsAt, endsAt } = asked;
    yield { startsAt, endsAt, length: checked.length, taken: checked.taken, date: day.date };
  }
}

function* candidatesOn(opening: OpeningRules, day: Day, length: number): Generator<AskedTime> {
  const { availability } = opening.rules;
  if (availability.by === "nights") {
    const startsAt = day.checkIn;
    const endsAt = opening.day(nightsAfter(opening, day.number, length)).checkOut;
    if (startsAt !== undefined && endsAt !== undefined) yield { startsAt, endsAt };
    return;
  }
  const starts = day.around.flatMap(({ opensAt, closesAt }) => {
    const step = availability.granularityMinutes * minuteMs;
    const skipped = Math.max(0, Math.ceil((day.startsAt - opensAt) / step));
    const found: EpochMs[] = [];
    for (let at = opensAt + skipped * step; at < closesAt && at < day.endsAt; at += step) found.push(at);
    return found;
  });
  // Openings overlap where an exception or a clock change pushes one into the other.
  const inOrder = day.around.length > 1 ? [...new Set(starts)].toSorted((a, b) => a - b) : starts;
  for (const startsAt of inOrder) yield { startsAt, endsAt: startsAt + length * minuteMs };
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
