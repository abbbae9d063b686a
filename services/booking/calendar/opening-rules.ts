/** A resource's wall-clock rules, compiled for fast questions: which instants are open on a date. */
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { LRUCache } from "lru-cache";

/** Milliseconds since the epoch; inside the calendar instants are plain numbers, for speed. */
export type EpochMs = number;

/** A stretch of open time, end exclusive. For hours, starts lie on a grid counted from `opensAt`. */
export interface OpenWindow {
  readonly opensAt: EpochMs;
  readonly closesAt: EpochMs;
}

export const minuteMs = 60_000;

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** The rules of one version of a resource, with the instants of the dates asked for so far. */
export class OpeningRules {
  readonly rules: ResourceRules;
  readonly #closedOn: ReadonlySet<string>;
  readonly #windows = new LRUCache<string, readonly OpenWindow[]>({ max: 1000 });

  constructor(rules: ResourceRules) {
    this.rules = rules;
    this.#closedOn = new Set(rules.closedOn);
  }

  /** The date in the resource's zone at that instant. */
  dateOf(at: EpochMs): Temporal.PlainDate {
    return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.rules.zone).toPlainDate();
  }

  /**
   * The instant of a wall-clock time on a date. In a clock change's gap the clock runs on (02:30 becomes 03:30);
   * in its overlap the earlier of the two is meant.
   */
  instantOf(date: Temporal.PlainDate, wallTime: string): EpochMs {
    const [day, time] = wallTime === "24:00" ? [date.add({ days: 1 }), "00:00"] : [date, wallTime];
    return day.toZonedDateTime({ timeZone: this.rules.zone, plainTime: time }).epochMilliseconds;
  }

  isClosedOn(date: Temporal.PlainDate): boolean {
    return this.#closedOn.has(date.toString());
  }

  /** Open stretches that begin on that date, in order; for nights the date's check-in to the next day's check-out. */
  windowsOn(date: Temporal.PlainDate): readonly OpenWindow[] {
    const key = date.toString();
    const known = this.#windows.get(key);
    if (known) return known;
    const windows = this.isClosedOn(date) ? [] : this.#compute(date);
    this.#windows.set(key, windows);
    return windows;
  }

  #compute(date: Temporal.PlainDate): readonly OpenWindow[] {
    const { availability } = this.rules;
    if (availability.by === "nights") {
      const opensAt = this.instantOf(date, availability.checkIn);
      return [{ opensAt, closesAt: this.instantOf(date.add({ days: 1 }), availability.checkOut) }];
    }
    const hours = availability.weekly[weekdays[date.dayOfWeek - 1]!] ?? [];
    return hours
      .map(({ from, to }) => ({ opensAt: this.instantOf(date, from), closesAt: this.instantOf(date, to) }))
      .filter(({ opensAt, closesAt }) => opensAt < closesAt)
      .toSorted((a, b) => a.opensAt - b.opensAt);
  }
}
