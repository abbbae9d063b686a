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
  for (let number = numberOf(of.from); number <= last; number++) {
    if (!opening.zone.has(number)) continue;
    const day = opening.day(number);
    for (const asked of candidatesOn(opening, day, of.length)) {
      const checked = checkOpening(opening, asked);
      if (typeof checked !== "string") yield { ...asked, ...checked, date: day.date };
    }
  }
}

function candidatesOn(opening: OpeningRules, day: Day, length: number): AskedTime[] {
  const { availability } = opening.rules;
  if (availability.by === "nights") {
    const startsAt = opening.checkAt(day.number, "checkIn");
    const endsAt = opening.checkAt(nightsAfter(opening, day.number, length), "checkOut");
    return startsAt === undefined || endsAt === undefined ? [] : [{ startsAt, endsAt }];
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
