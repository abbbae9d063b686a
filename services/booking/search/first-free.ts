/** The first time of a resource that a search can offer: a candidate of the listing that a booking's own check lets pass. */
import {
  checkLeadTime,
  checkTime,
  datesOfStay,
  type AskedTime,
  type TakenTime,
} from "../calendar/check-time.ts";
import { shortestLength, timesOn, type ListedTime } from "../calendar/list-times.ts";
import { minuteMs, type EpochMs, type OpeningRules } from "../calendar/opening-rules.ts";
import type { SearchWindow } from "./search-query.ts";

const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A date begins and ends within this of the same date in UTC: no zone is further from it. */
const furthestZoneMs = 16 * hourMs;

/** In a clock change's gap, or at 24:00, the check-in of a date lies on the next; of those that a zone skips, on the one after. */
const checkInDaysLate = 2;

/** What is wanted of each resource, and when it is asked. */
export interface Wanted {
  readonly window: SearchWindow;
  readonly quantity: number;
  readonly people: number;
  readonly now: EpochMs;
}

/** A time of a resource that has enough units free, and how many. */
export interface FreeTime extends ListedTime {
  readonly free: number;
}

/** Says of a time, buffers included, how many units are taken of it at most. */
export interface Busy {
  mostTaken(time: TakenTime): number;
}

/** All of the calendar that finding a resource's first free time may look at. */
export function stretchOf({ rules }: OpeningRules, window: SearchWindow): TakenTime {
  const [before, after] = [rules.bufferBeforeMinutes * minuteMs, rules.bufferAfterMinutes * minuteMs];
  if (window.by === "time") return { from: window.startsAt - before, to: window.endsAt + after };
  const { availability } = rules;
  // What is longer than allowed is refused before the calendar is looked at.
  const longest =
    availability.by === "nights"
      ? (Math.min(window.nights ?? availability.minimumNights, availability.maximumNights) + 1) * dayMs
      : Math.min(window.minutes ?? availability.minimumMinutes, availability.maximumMinutes) * minuteMs;
  return {
    from: window.from * dayMs - furthestZoneMs - before,
    to: (window.to + 1) * dayMs + furthestZoneMs + longest + after,
  };
}

/**
 * The first bookable time with enough units free. Where there is none: `none`, which only a change of the calendar or of
 * the rules can undo, or `not-yet`, where some times of the window are too far ahead to be booked.
 */
export function firstFree(opening: OpeningRules, busy: Busy, wanted: Wanted): FreeTime | "none" | "not-yet" {
  return wanted.window.by === "time"
    ? freeAt(opening, busy, wanted, wanted.window)
    : firstFreeOn(opening, busy, wanted, wanted.window);
}

function freeAt(
  opening: OpeningRules,
  busy: Busy,
  { quantity, now }: Wanted,
  { startsAt, endsAt }: SearchWindow & { by: "time" },
): FreeTime | "none" | "not-yet" {
  const checked = checkTime(opening, { startsAt, endsAt }, now);
  if (typeof checked === "string") return checked === "beyond-window" ? "not-yet" : "none";
  const free = opening.rules.capacity - busy.mostTaken(checked.taken);
  if (free < quantity) return "none";
  return { startsAt, endsAt, ...checked, date: dateOf(opening, { startsAt, endsAt }), free };
}

/** The date that a listing has it under. */
function dateOf(opening: OpeningRules, time: AskedTime): string {
  return opening.rules.availability.by === "nights"
    ? opening.day(datesOfStay(opening, time).from).date
    : opening.dateOf(time.startsAt).toString();
}

function firstFreeOn(
  opening: OpeningRules,
  busy: Busy,
  { quantity, now }: Wanted,
  window: SearchWindow & { by: "dates" },
): FreeTime | "none" | "not-yet" {
  const length = lengthIn(opening, window);
  if (length === undefined) return "none";
  const { availability, capacity, noticeMinutes } = opening.rules;
  const daysLate = availability.by === "nights" ? checkInDaysLate : 0;
  const earliest = opening.zone.at(now + noticeMinutes * minuteMs) - daysLate;
  for (let day = Math.max(window.from, earliest); day <= window.to; day++) {
    for (const time of timesOn(opening, day, length)) {
      const refusal = checkLeadTime(opening, time, now);
      // Later ones are further ahead still.
      if (refusal === "beyond-window") return "not-yet";
      if (refusal !== undefined) continue;
      const free = capacity - busy.mostTaken(time.taken);
      if (free >= quantity) return { ...time, free };
    }
  }
  return "none";
}

/** How long the times are to be; undefined where the resource is not booked by what the search counts. */
function lengthIn(opening: OpeningRules, window: SearchWindow & { by: "dates" }): number | undefined {
  const { minutes, nights } = window;
  if (minutes === undefined && nights === undefined) return shortestLength(opening);
  return opening.rules.availability.by === "nights" ? nights : minutes;
}
