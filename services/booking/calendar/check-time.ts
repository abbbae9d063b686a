/** Can this time be booked under the rules? The one function behind both listing slots and taking a booking. */
import assert from "node:assert";
import { weekdays } from "@holdfast/contracts/availability-rules";
import { minuteMs, type Day, type EpochMs, type OpeningRules } from "./opening-rules.ts";
import { weekdayOf, type DayNumber } from "./zone-days.ts";

/** A time somebody asks for, end exclusive. */
export interface AskedTime {
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
}

/** What a booking of that time takes from the calendar, buffers included. */
export interface TakenTime {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Why a time cannot be booked, whoever else has booked. */
export type TimeRefusal =
  | "closed"
  | "no-arrival"
  | "no-departure"
  | "start-off-grid"
  | "length-off-grid"
  | "too-short"
  | "too-long"
  | "in-the-past"
  | "notice-too-short"
  | "beyond-window";

/** What each refusal means to a reader. */
export const refusalSentences: Readonly<Record<TimeRefusal, string>> = {
  closed: "The resource is not open for all of that time.",
  "no-arrival": "Stays at this resource do not begin on that day of the week.",
  "no-departure": "Stays at this resource do not end on that day of the week.",
  "start-off-grid": "Bookings of this resource cannot start at that time.",
  "length-off-grid": "Bookings of this resource cannot end at that time.",
  "too-short": "That is shorter than the shortest booking of this resource.",
  "too-long": "That is longer than the longest booking of this resource.",
  "in-the-past": "That time has begun already.",
  "notice-too-short": "This resource has to be booked earlier before the start.",
  "beyond-window": "This resource cannot be booked that far ahead.",
};

/** The length of a bookable time in what the resource counts: nights, or minutes. */
export interface BookableTime {
  readonly taken: TakenTime;
  readonly length: { readonly unit: "night" | "minute"; readonly count: number };
}

/** The bookable time, or why it is not one: the first of all the reasons there are. */
export function checkTime(opening: OpeningRules, asked: AskedTime, now: EpochMs): BookableTime | TimeRefusal {
  return checkLeadTime(opening, asked, now) ?? checkOpening(opening, asked);
}

/** As `checkTime`, whatever the time is now: open, on the grid, and of an allowed length. */
export function checkOpening(opening: OpeningRules, asked: AskedTime): BookableTime | TimeRefusal {
  const { refusals, length } = judgeOpening(opening, asked);
  return refusals[0] ?? { length, taken: takenBy(opening, asked) };
}

/** Everything that the rules have against a time, lead time first; nothing where it can be booked. */
export function judgeTime(opening: OpeningRules, asked: AskedTime, now: EpochMs): Judgement {
  const early = checkLeadTime(opening, asked, now);
  const { refusals, length } = judgeOpening(opening, asked);
  return { refusals: early ? [early, ...refusals] : refusals, length };
}

/** What a booking of that time would take of the calendar, buffers included. */
export function takenBy({ rules }: OpeningRules, asked: AskedTime): TakenTime {
  return {
    from: asked.startsAt - rules.bufferBeforeMinutes * minuteMs,
    to: asked.endsAt + rules.bufferAfterMinutes * minuteMs,
  };
}

/** Is the start far enough ahead, and not too far? Undefined where it is. */
export function checkLeadTime(
  opening: OpeningRules,
  asked: Pick<AskedTime, "startsAt">,
  now: EpochMs,
): TimeRefusal | undefined {
  const { noticeMinutes, windowDays } = opening.rules;
  if (asked.startsAt < now) return "in-the-past";
  if (asked.startsAt < now + noticeMinutes * minuteMs) return "notice-too-short";
  if (asked.startsAt > now + windowDays * 1440 * minuteMs) return "beyond-window";
  return undefined;
}

/** Whatever is wrong with a time, each once, and how long it is. */
export interface Judgement {
  readonly refusals: readonly TimeRefusal[];
  /** A stay that is too long is counted one night further than is allowed, no more. */
  readonly length: BookableTime["length"];
}

function judgeOpening(opening: OpeningRules, asked: AskedTime): Judgement {
  return opening.rules.availability.by === "nights"
    ? judgeNights(opening, asked)
    : judgeMinutes(opening, asked);
}

/** The date whose check-in (or check-out) that instant is: in a clock change's gap, or at 24:00, it may lie on the date after. */
function dateChecking(
  opening: OpeningRules,
  which: "checkIn" | "checkOut",
  at: EpochMs,
): DayNumber | undefined {
  const around = opening.zone.at(at);
  return [around, around - 1, around - 2].find((day) => opening.day(day)[which] === at);
}

/** The dates of a stay. */
export interface StayDates {
  /** Undefined where its start is no check-in, or its end no check-out. */
  readonly arrival: DayNumber | undefined;
  readonly departure: DayNumber | undefined;
  /** The same, or the dates that its start and its end fall on: they tell what else is wrong with it. */
  readonly from: DayNumber;
  readonly to: DayNumber;
}

/** The dates whose check-in and check-out a stay goes by. */
export function datesOfStay(opening: OpeningRules, { startsAt, endsAt }: AskedTime): StayDates {
  const arrival = dateChecking(opening, "checkIn", startsAt);
  const departure = dateChecking(opening, "checkOut", endsAt);
  const from = arrival ?? opening.zone.at(startsAt);
  return { arrival, departure, from, to: departure ?? opening.zone.at(endsAt) };
}

function judgeNights(opening: OpeningRules, asked: AskedTime): Judgement {
  const { availability } = opening.rules;
  assert(availability.by === "nights", "nights are judged where nights are booked");
  const { arrival, departure, from, to } = datesOfStay(opening, asked);
  const nights = nightsBetween(opening, from, to, availability.maximumNights);
  const refusals: TimeRefusal[] = [];
  if (arrival === undefined) refusals.push("start-off-grid");
  if (departure === undefined) refusals.push("length-off-grid");
  // A clock change's gap can swallow a short night whole: 23:30 to 00:30 is 00:30 to 00:30 where clocks jump at 23:00.
  const isEmpty = asked.endsAt <= asked.startsAt;
  if (isEmpty || nights.length < availability.minimumNights) refusals.push("too-short");
  if (nights.length > availability.maximumNights) refusals.push("too-long");
  if (availability.noArrivalOn.includes(weekdays[weekdayOf(from)]!)) refusals.push("no-arrival");
  if (availability.noDepartureOn.includes(weekdays[weekdayOf(to)]!)) refusals.push("no-departure");
  if (nights.some((night) => night.closure !== null)) refusals.push("closed");
  return { refusals, length: { unit: "night", count: nights.length } };
}

/** The nights of a stay by the dates they begin on, one more than allowed at most; a date the zone skips has none. */
function nightsBetween(
  opening: OpeningRules,
  from: DayNumber,
  to: DayNumber,
  allowed: number,
): readonly Day[] {
  const nights: Day[] = [];
  for (let day = from; day < to && nights.length <= allowed; day++) {
    if (opening.zone.has(day)) nights.push(opening.day(day));
  }
  return nights;
}

function judgeMinutes(opening: OpeningRules, asked: AskedTime): Judgement {
  const { availability } = opening.rules;
  assert(availability.by === "hours", "minutes are judged where minutes are booked");
  const count = (asked.endsAt - asked.startsAt) / minuteMs;
  const refusals: TimeRefusal[] = [];
  if (count < availability.minimumMinutes) refusals.push("too-short");
  if (count > availability.maximumMinutes) refusals.push("too-long");
  if (count % availability.granularityMinutes !== 0) refusals.push("length-off-grid");
  // Open for longer than anybody may book is open enough.
  const longest = availability.maximumMinutes * minuteMs;
  const openUntil = openFrom(opening, asked.startsAt, Math.min(asked.endsAt, asked.startsAt + longest));
  if (openUntil === undefined) refusals.push("closed");
  else {
    if (!startsOnGrid(opening, asked.startsAt, availability.granularityMinutes))
      refusals.push("start-off-grid");
    if (openUntil < asked.endsAt) refusals.push("closed");
  }
  return { refusals, length: { unit: "minute", count } };
}

/** Starts count from the opening they lie in, yesterday's where that one runs past midnight. */
function startsOnGrid(opening: OpeningRules, at: EpochMs, granularityMinutes: number): boolean {
  return opening
    .dayAt(at)
    .around.some(
      ({ opensAt, closesAt }) =>
        opensAt <= at && at < closesAt && (at - opensAt) % (granularityMinutes * minuteMs) === 0,
    );
}

/**
 * Until when it stays open from that instant, through openings that touch, past midnight too; once that is `enough` it
 * looks no further. Undefined where it is not open then.
 */
function openFrom(opening: OpeningRules, at: EpochMs, enough: EpochMs): EpochMs | undefined {
  let until = at;
  for (;;) {
    const open = opening.dayAt(until).open.find((one) => one.opensAt <= until && until < one.closesAt);
    if (open) until = open.closesAt;
    if (!open || until >= enough) break;
  }
  return until === at ? undefined : until;
}
