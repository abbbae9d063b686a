/** The first time of a resource that a search can offer: a candidate of the listing that a booking's own check lets pass. */
import type { SlotView } from "@holdfast/contracts/api/booking";
import { checkLeadTime, checkTime, type TakenTime } from "../calendar/check-time.ts";
import { eachTime, shortestLength, type ListedTime } from "../calendar/list-times.ts";
import { minuteMs, type EpochMs, type OpeningRules } from "../calendar/opening-rules.ts";
import { priceOf } from "../pricing/price.ts";
import type { PublishedResource } from "../resources/resource-cache.ts";
import type { SearchWindow } from "./search-query.ts";

const dayMs = 1440 * minuteMs;
/** A date of any zone lies within this of the same date in UTC, the openings that run on past its midnight included. */
const aroundDateMs = 2 * dayMs;

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
  const longest =
    availability.by === "nights"
      ? ((window.nights ?? availability.minimumNights) + 1) * dayMs
      : (window.minutes ?? availability.minimumMinutes) * minuteMs;
  return {
    from: midnightUtc(window.from) - aroundDateMs - before,
    to: midnightUtc(window.to) + aroundDateMs + dayMs + longest + after,
  };
}

function midnightUtc(date: Temporal.PlainDate): EpochMs {
  return Date.UTC(date.year, date.month - 1, date.day);
}

/** The first bookable time with enough units free; undefined where the window has none. */
export function firstFree(opening: OpeningRules, busy: Busy, wanted: Wanted): FreeTime | undefined {
  const { window, quantity, now } = wanted;
  const { capacity } = opening.rules;
  for (const time of timesIn(opening, window, now)) {
    const free = capacity - busy.mostTaken(time.taken);
    if (free >= quantity) return { ...time, free };
  }
  return undefined;
}

/** The times that can be booked now, in order, whatever others have taken. */
function* timesIn(opening: OpeningRules, window: SearchWindow, now: EpochMs): Generator<ListedTime> {
  if (window.by === "time") {
    const checked = checkTime(opening, window, now);
    if (typeof checked === "string") return;
    const date = opening.dateOf(window.startsAt).toString();
    yield { startsAt: window.startsAt, endsAt: window.endsAt, ...checked, date };
    return;
  }
  const length = lengthIn(opening, window);
  if (length === undefined) return;
  const earliest = opening.dateOf(now + opening.rules.noticeMinutes * minuteMs);
  const from = Temporal.PlainDate.compare(window.from, earliest) < 0 ? earliest : window.from;
  for (const time of eachTime(opening, { from, to: window.to, length })) {
    const refusal = checkLeadTime(opening, time, now);
    if (refusal === undefined) yield time;
    // Later ones are further ahead still.
    if (refusal === "beyond-window") return;
  }
}

/** How long the times are to be; undefined where the resource is not booked by what the search counts. */
function lengthIn(opening: OpeningRules, window: SearchWindow & { by: "dates" }): number | undefined {
  const { minutes, nights } = window;
  if (minutes === undefined && nights === undefined) return shortestLength(opening);
  return opening.rules.availability.by === "nights" ? nights : minutes;
}

/** A free time as it is shown, with its price; undefined where it has none, and so cannot be booked. */
export function slotOf(
  { snapshot: { rules } }: PublishedResource,
  time: FreeTime,
  { quantity, people, now }: Wanted,
): SlotView | undefined {
  const price = priceOf(rules.price, {
    zone: rules.zone,
    startsAt: time.startsAt,
    endsAt: time.endsAt,
    length: time.length,
    quantity,
    people,
    leadMinutes: Math.floor((time.startsAt - now) / minuteMs),
    occupancyPercent: Math.floor((100 * (rules.capacity - time.free)) / rules.capacity),
    extras: [],
    promotion: null,
  });
  if (typeof price === "string") return undefined;
  return {
    startsAt: instantText(time.startsAt),
    endsAt: instantText(time.endsAt),
    date: time.date,
    free: time.free,
    price: price.total,
  };
}

/** As Temporal writes it: without the milliseconds, of which no time that can be booked has any. */
function instantText(at: EpochMs): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}
