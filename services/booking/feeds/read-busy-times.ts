/** When a calendar file says that somebody is busy: pure, bounded, and forgiving towards single broken events. */
import { minutesOf } from "@holdfast/contracts/availability-rules";
import type { EpochMs } from "../calendar/opening-rules.ts";
import { readEvent, type CalendarEvent } from "./calendar-event.ts";
import { splitCalendar } from "./split-calendar.ts";
import { FileZones, floatingTime, plainOf, type WallTime, type ZoneClock } from "./wall-times.ts";

/** A time that is taken, end exclusive. */
export interface BusyTime {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** For whom a calendar is read. */
export interface ReadingFor {
  /** IANA zone of the resource: all-day events, and times that name no zone, are in it. */
  readonly zone: string;
  /** Wall-clock times where days are nights: an event of whole days then takes those nights. */
  readonly nights: { readonly checkIn: string; readonly checkOut: string } | null;
  /** What counts is what overlaps these instants. */
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** What was read; `times` in order, each as often as it is taken. */
export interface BusyTimes {
  readonly times: readonly BusyTime[];
  /** Broken events that were passed over. */
  readonly skipped: number;
  /** There is more than can be taken in: these are the earliest. */
  readonly cut: boolean;
}

export const eventsMax = 5_000;
export const timesMax = 2_000;
/** Steps through recurrence rules at most: an event that began years ago is stepped through from its beginning. */
const stepsMax = 200_000;
const dayMs = 86_400_000;
/** Wall clocks are never further from UTC than this. */
const zoneMarginMs = 2 * dayMs;
/** An event without a sensible end does not leave the years that instants are kept for. */
const latest = Date.UTC(2199, 11, 31);

/** The busy times of a calendar file, or why it cannot be read. */
export function readBusyTimes(
  text: string,
  of: ReadingFor,
): BusyTimes | "not-a-calendar" | "too-many-events" {
  const pieces = splitCalendar(text);
  if (!pieces) return "not-a-calendar";
  if (pieces.events.length > eventsMax) return "too-many-events";
  const zones = new FileZones(of.zone, pieces.zones);
  const read = pieces.events.map((piece) => readEvent(piece, zones));
  const events = latestOfEach(read.filter((event) => event !== null));
  const budget = { steps: stepsMax };
  const times: BusyTime[] = [];
  let skipped = pieces.broken + read.filter((event) => event === null).length;
  for (const [event, replaced] of withReplacements(events)) {
    try {
      times.push(...timesOf(event, replaced, of, zones.local, budget));
    } catch {
      // A rule or a time that the calendar's arithmetic refuses.
      skipped++;
    }
  }
  times.sort((a, b) => a.from - b.from || a.to - b.to);
  return {
    times: times.slice(0, timesMax),
    skipped,
    cut: times.length > timesMax || budget.steps <= 0,
  };
}

/** Where a file has an event twice, the later revision counts. */
function latestOfEach(events: readonly CalendarEvent[]): CalendarEvent[] {
  const byIdentity = new Map<string, CalendarEvent>();
  for (const [index, event] of events.entries()) {
    const identity = event.uid === null ? `${index}` : `${event.uid} ${nameOf(event.replaces)}`;
    const other = byIdentity.get(identity);
    if (!other || other.sequence <= event.sequence) byIdentity.set(identity, event);
  }
  return [...byIdentity.values()];
}

/** Each event with the occurrences of it that other events stand for. */
function withReplacements(
  events: readonly CalendarEvent[],
): (readonly [CalendarEvent, readonly WallTime[]])[] {
  const replaced = Map.groupBy(
    events.filter((event) => event.replaces !== null),
    (event) => event.uid,
  );
  return events.map((event) => {
    const standIns = event.replaces === null && event.uid !== null ? replaced.get(event.uid) : undefined;
    return [event, (standIns ?? []).map((one) => one.replaces).filter((one) => one !== null)];
  });
}

/** A date by itself, a time by its instant: the same however it is written. */
function nameOf(time: WallTime | null): string {
  if (!time) return "";
  return time.isDate ? time.wall.toPlainDate().toString() : `${time.clock.toInstant(time.wall)}`;
}

/** The times within reach that one event takes. */
function timesOf(
  event: CalendarEvent,
  replaced: readonly WallTime[],
  of: ReadingFor,
  local: ZoneClock,
  budget: { steps: number },
): BusyTime[] {
  if (!event.busy || event.length === 0) return [];
  const without = new Set([...event.except, ...replaced].map(nameOf));
  const found = new Map<string, BusyTime>();
  for (const start of startsOf(event, of, budget)) {
    const name = nameOf(start);
    if (without.has(name) || without.has(start.wall.toPlainDate().toString())) continue;
    const time = event.start.isDate
      ? wholeDays(start.wall, event.length, of, local)
      : elapsed(start, event.length);
    // A clock change can swallow a short night: there is nothing to take then.
    if (time.from < time.to && time.from < of.to && time.to > of.from) found.set(name, time);
    if (found.size > timesMax) break;
  }
  return [...found.values()];
}

/** When the event begins, each time: its own start, further dates, and what its rules give. */
function* startsOf(event: CalendarEvent, of: ReadingFor, budget: { steps: number }): Generator<WallTime> {
  const { start } = event;
  yield start;
  yield* event.more.map((one) => (one.isDate === start.isDate ? one : { ...start, wall: one.wall }));
  const lengthMs = event.start.isDate ? event.length * dayMs : event.length;
  for (const rule of event.rules) {
    // A rule's end is given in UTC where its start has a zone, and compared with wall-clock times here.
    const ends = rule.until && !rule.until.isDate && !start.isDate ? rule.until : null;
    if (ends?.zone.tzid === "UTC")
      rule.until = floatingTime(start.clock.toWall(ends.toUnixTime() * 1000), false);
    const iterator = rule.iterator(floatingTime(start.wall, start.isDate));
    for (let next = iterator.next(); next && budget.steps-- > 0; next = iterator.next()) {
      const roughly = Date.UTC(next.year, next.month - 1, next.day, next.hour, next.minute);
      if (roughly > of.to + zoneMarginMs) break;
      if (roughly + lengthMs < of.from - zoneMarginMs) continue;
      yield { ...start, wall: plainOf(next) };
    }
  }
}

function elapsed(start: WallTime, lengthMs: number): BusyTime {
  const from = start.clock.toInstant(start.wall);
  return { from, to: Math.min(from + lengthMs, latest) };
}

function wholeDays(first: Temporal.PlainDateTime, days: number, of: ReadingFor, local: ZoneClock): BusyTime {
  const { checkIn, checkOut } = of.nights ?? { checkIn: "00:00", checkOut: "00:00" };
  const from = local.toInstant(first.add({ minutes: minutesOf(checkIn) }));
  const to = local.toInstant(first.add({ days, minutes: minutesOf(checkOut) }));
  return { from, to: Math.min(to, latest) };
}
