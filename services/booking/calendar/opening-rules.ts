/** A resource's wall-clock rules, compiled for fast questions: which instants are open on a date. */
import { minutesOf, weekdays, type OpenInterval } from "@holdfast/contracts/availability-rules";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { holidayOn } from "./holidays.ts";
import { dateNumbered, dateText, weekdayOf, ZoneDays, type DayNumber, type EpochMs } from "./zone-days.ts";

export { minuteMs, type EpochMs } from "./zone-days.ts";

/** A stretch of open time, end exclusive; starts lie on a grid counted from `opensAt`. */
export interface OpenWindow {
  readonly opensAt: EpochMs;
  readonly closesAt: EpochMs;
}

/** Why a date is closed: a date or a range that the vendor closed, or a public holiday, with what it is called. */
export interface Closure {
  readonly by: "date" | "closure" | "holiday";
  readonly reason: string;
}

/** A date of the resource's zone with what its rules make of it. */
export interface Day {
  readonly number: DayNumber;
  readonly date: string;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly closure: Closure | null;
  /** Openings that may hold an instant of the date: its own, and those of the dates before that run on into it. */
  readonly around: readonly OpenWindow[];
  /** The same, with those that touch joined. */
  readonly open: readonly OpenWindow[];
  /** When guests who arrive on the date check in, or who depart on it check out, where nights are booked. */
  readonly checkIn: EpochMs | undefined;
  readonly checkOut: EpochMs | undefined;
}

/** Dates remembered of a resource whose rules are kept: some 0.6 kB each, of thousands of resources. */
const keptDaysMax = 60;
/** More than the longest listing of the longest stays has. */
const listedDaysMax = 500;
/** Openings end on the next date at the latest; where the zone skips that one, on the date after it. */
const runsOnDays = 2;

/** The rules of one version of a resource, with the dates asked for so far. */
export class OpeningRules {
  readonly rules: ResourceRules;
  readonly zone: ZoneDays;
  readonly #closedOn: ReadonlySet<string>;
  readonly #openOn: ReadonlySet<string>;
  readonly #days = new Map<DayNumber, Day>();
  readonly #opened = new Map<DayNumber, readonly OpenWindow[]>();
  readonly #daysMax: number;
  #lastDay: Day | undefined;

  constructor(rules: ResourceRules, daysMax = keptDaysMax) {
    this.#daysMax = daysMax;
    this.rules = rules;
    this.zone = ZoneDays.of(rules.zone);
    this.#closedOn = new Set(rules.closedOn);
    this.#openOn = new Set(rules.holidays?.openOn);
  }

  /**
   * The same rules with no date remembered yet, for who asks of many dates once, such as a listing: remembered for good, the
   * dates of three months are 58 kB a resource, all of which the collector follows, to save a listing 0.05 ms.
   */
  forOnce(): OpeningRules {
    return new OpeningRules(this.rules, listedDaysMax);
  }

  /** The date in the resource's zone at that instant. */
  dateOf(at: EpochMs): Temporal.PlainDate {
    return dateNumbered(this.zone.at(at));
  }

  /** The date that an instant falls on. A listing asks of one date many times over, so the last is looked at first. */
  dayAt(at: EpochMs): Day {
    const last = this.#lastDay;
    if (last && last.startsAt <= at && at < last.endsAt) return last;
    return (this.#lastDay = this.day(this.zone.at(at)));
  }

  /** The date with that number; of one that the zone skips, what would be if it had it. */
  day(number: DayNumber): Day {
    const known = this.#days.get(number);
    if (known) return known;
    if (this.#days.size >= this.#daysMax) {
      this.#days.clear();
      this.#opened.clear();
    }
    const day = this.#compile(number);
    this.#days.set(number, day);
    return day;
  }

  /** The hours that hold on a date before closures are looked at: an exception's, or else the weekday's. */
  hoursOn(day: DayNumber, date: string): readonly OpenInterval[] {
    const { availability } = this.rules;
    if (availability.by === "nights") return [];
    const exception = availability.exceptions.find((one) => one.from <= date && date <= one.to);
    return exception ? exception.open : (availability.weekly[weekdays[weekdayOf(day)]!] ?? []);
  }

  /** Why nothing opens on that date and its night cannot be slept, or null. */
  closureOn(date: string): Closure | null {
    const { closures, holidays } = this.rules;
    if (this.#closedOn.has(date)) return { by: "date", reason: "" };
    const closure = closures.find((one) => one.from <= date && date <= one.to);
    if (closure) return { by: "closure", reason: closure.reason };
    const holiday = holidays && !this.#openOn.has(date) ? holidayOn(holidays, date) : null;
    return holiday === null ? null : { by: "holiday", reason: holiday };
  }

  #compile(number: DayNumber): Day {
    const date = dateText(number);
    const before = Array.from({ length: runsOnDays }, (_, back) => this.#windows(number - runsOnDays + back));
    const startsAt = this.zone.startOf(number);
    const around = [
      ...before.flat().filter((window) => window.closesAt > startsAt),
      ...this.#windows(number),
    ];
    return {
      number,
      date,
      startsAt,
      endsAt: this.zone.startOf(number + 1),
      closure: this.closureOn(date),
      around,
      open: joined(around),
      checkIn: this.#checkAt(number, "checkIn"),
      checkOut: this.#checkAt(number, "checkOut"),
    };
  }

  #windows(day: DayNumber): readonly OpenWindow[] {
    const known = this.#opened.get(day);
    if (known) return known;
    const windows = this.#windowsAnew(day);
    this.#opened.set(day, windows);
    return windows;
  }

  #windowsAnew(day: DayNumber): readonly OpenWindow[] {
    const date = dateText(day);
    if (!this.zone.has(day) || this.closureOn(date)) return [];
    return this.hoursOn(day, date)
      .map((hours) => this.#windowOf(day, hours))
      .filter(({ opensAt, closesAt }) => opensAt < closesAt)
      .toSorted((a, b) => a.opensAt - b.opensAt);
  }

  #checkAt(day: DayNumber, which: "checkIn" | "checkOut"): EpochMs | undefined {
    const { availability } = this.rules;
    return availability.by === "nights" && this.zone.has(day)
      ? this.zone.instantOf(day, minutesOf(availability[which]))
      : undefined;
  }

  #windowOf(day: DayNumber, { from, to }: OpenInterval): OpenWindow {
    const [start, end] = [minutesOf(from), minutesOf(to)];
    return {
      opensAt: this.zone.instantOf(day, start),
      closesAt: this.zone.instantOf(day, end > start ? end : end + 1440),
    };
  }
}

/** Openings that touch or overlap made one, in order. */
function joined(windows: readonly OpenWindow[]): readonly OpenWindow[] {
  const stretches: OpenWindow[] = [];
  for (const { opensAt, closesAt } of windows.toSorted((a, b) => a.opensAt - b.opensAt)) {
    const last = stretches.at(-1);
    if (last && opensAt <= last.closesAt) {
      stretches[stretches.length - 1] = {
        opensAt: last.opensAt,
        closesAt: Math.max(last.closesAt, closesAt),
      };
    } else stretches.push({ opensAt, closesAt });
  }
  return stretches;
}
