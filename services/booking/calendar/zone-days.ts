/** The days of one time zone: when each begins, and which instant a wall-clock time of it is. */
import { LRUCache } from "lru-cache";

/** Milliseconds since the epoch; inside the calendar instants are plain numbers, for speed. */
export type EpochMs = number;

/** A date as the number of days since 1970-01-01. */
export type DayNumber = number;

export const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

const firstDay = Temporal.PlainDate.from("1970-01-01");

/** The number of a date. */
export function numberOf(date: Temporal.PlainDate): DayNumber {
  return firstDay.until(date, { largestUnit: "days" }).days;
}

/** The date with that number. */
export function dateNumbered(day: DayNumber): Temporal.PlainDate {
  return firstDay.add({ days: day });
}

/** More days than listings are about at any time. */
const textsMax = 2000;
const texts = new Map<DayNumber, string>();

/** The date with that number as answers write it; resources by the thousand ask for the same few. */
export function dateText(day: DayNumber): string {
  const known = texts.get(day);
  if (known !== undefined) return known;
  if (texts.size >= textsMax) texts.clear();
  const text = dateNumbered(day).toString();
  texts.set(day, text);
  return text;
}

/** 0 for Monday to 6 for Sunday; the first day was a Thursday. */
export function weekdayOf(day: DayNumber): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** More days than anybody can book ahead. */
const startsMax = 1500;
/** There are some 600 zones, with all their aliases. */
const zonesMax = 600;

/**
 * Starts of days are remembered, so most questions are answered without the zone's rules: on a day of 24 hours the wall
 * clock is added to its start, and only days with a clock change ask Temporal.
 */
export class ZoneDays {
  readonly #zone: string;
  readonly #starts = new Map<DayNumber, EpochMs>();

  private constructor(zone: string) {
    this.#zone = zone;
  }

  static readonly #known = new LRUCache<string, ZoneDays>({ max: zonesMax });

  /** The days of that zone, shared by all that ask. */
  static of(zone: string): ZoneDays {
    const known = ZoneDays.#known.get(zone);
    if (known) return known;
    const days = new ZoneDays(zone);
    ZoneDays.#known.set(zone, days);
    return days;
  }

  /** The first instant of a date; of one that the zone skips, the first instant of the next. */
  startOf(day: DayNumber): EpochMs {
    const known = this.#starts.get(day);
    if (known !== undefined) return known;
    const start = dateNumbered(day).toZonedDateTime(this.#zone).epochMilliseconds;
    if (this.#starts.size >= startsMax) this.#starts.clear();
    this.#starts.set(day, start);
    return start;
  }

  /** Does the zone have this date? Apia went from 2011-12-29 to 2011-12-31. */
  has(day: DayNumber): boolean {
    return this.startOf(day) < this.startOf(day + 1);
  }

  /** The date at an instant. Clocks that go back over a midnight, as none has since 2011, do not bring the date back. */
  at(instant: EpochMs): DayNumber {
    // No zone is a whole day or more from UTC, so the date is a neighbour of UTC's at most.
    let day = Math.floor(instant / dayMs) + 1;
    while (this.startOf(day) > instant) day--;
    return day;
  }

  /**
   * The instant of a wall-clock time, given in minutes from the date's midnight. In a clock change's gap the clock runs
   * on (02:30 becomes 03:30); in its overlap the earlier of the two is meant.
   */
  instantOf(day: DayNumber, minutes: number): EpochMs {
    if (minutes >= 1440) return this.instantOf(day + 1, minutes - 1440);
    const start = this.startOf(day);
    if (this.startOf(day + 1) - start === dayMs) return start + minutes * minuteMs;
    const plainTime = Temporal.PlainTime.from({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
    return dateNumbered(day).toZonedDateTime({ timeZone: this.#zone, plainTime }).epochMilliseconds;
  }
}
