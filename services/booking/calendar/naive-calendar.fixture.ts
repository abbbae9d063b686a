/**
 * A calendar that works by marking minutes, for tests to compare with. It shares no arithmetic with the real one: what the
 * wall clock shows is asked of Temporal for every single minute, and everything else is reading and marking that table.
 */
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const minuteMs = 60_000;

/** Days before and after the base date that the table has. */
const [daysBefore, daysAfter] = [3, 8];

/** A zone's clock, minute by minute, around a date. */
export class WallClock {
  readonly zone: string;
  readonly base: Temporal.PlainDate;
  readonly minutes: number;
  /** The instant of minute 0. */
  readonly #origin: number;
  /** By minute: days from the base date, times 1440, and the wall clock's minutes from midnight. */
  readonly #shows: Int32Array;
  readonly #firstShown = new Map<number, number>();
  readonly #days = new Set<number>();

  constructor(zone: string, base: string) {
    this.zone = zone;
    this.base = Temporal.PlainDate.from(base);
    const start = this.base.subtract({ days: daysBefore }).toZonedDateTime(zone);
    this.#origin = start.epochMilliseconds;
    this.minutes = (daysBefore + daysAfter) * 1440;
    this.#shows = new Int32Array(this.minutes);
    for (let minute = 0; minute < this.minutes; minute++) {
      const shown = Temporal.Instant.fromEpochMilliseconds(this.msOf(minute)).toZonedDateTimeISO(zone);
      const day = this.base.until(shown.toPlainDate(), { largestUnit: "days" }).days;
      const shows = day * 1440 + shown.hour * 60 + shown.minute;
      this.#shows[minute] = shows;
      this.#days.add(day);
      if (!this.#firstShown.has(shows)) this.#firstShown.set(shows, minute);
    }
  }

  msOf(minute: number): number {
    return this.#origin + minute * minuteMs;
  }

  minuteOf(ms: number): number {
    return (ms - this.#origin) / minuteMs;
  }

  hasDay(day: number): boolean {
    return this.#days.has(day);
  }

  dateOf(day: number): Temporal.PlainDate {
    return this.base.add({ days: day });
  }

  dayShownAt(minute: number): number {
    return Math.floor(this.#shows[minute]! / 1440);
  }

  /** The first minute that shows a time; where none does, the last before it and as many minutes more as are missing. */
  find(day: number, wallTime: string): number {
    const wanted = day * 1440 + Number(wallTime.slice(0, 2)) * 60 + Number(wallTime.slice(3));
    const exact = this.#firstShown.get(wanted);
    if (exact !== undefined) return exact;
    const after = this.#shows.findIndex((shows) => shows > wanted);
    const later = after - 1 + (wanted - this.#shows[after - 1]!);
    this.#firstShown.set(wanted, later);
    return later;
  }
}

/** Asked for: minutes of the wall clock's table. */
export interface NaiveTime {
  readonly start: number;
  readonly end: number;
}

/** The rules of one resource, marked on every minute, with a count of what is taken at each. */
export class NaiveCalendar {
  readonly #rules: ResourceRules;
  readonly #clock: WallClock;
  readonly #open: Uint8Array;
  readonly #mayStart: Uint8Array;
  readonly #taken: Uint16Array;
  /** Days whose night can be slept. */
  readonly #nights = new Set<number>();
  /** Days by the minute at which their guests arrive, and depart. */
  readonly #arrivals = new Map<number, number>();
  readonly #departures = new Map<number, number>();

  constructor(rules: ResourceRules, clock: WallClock) {
    this.#rules = rules;
    this.#clock = clock;
    this.#open = new Uint8Array(clock.minutes);
    this.#mayStart = new Uint8Array(clock.minutes);
    this.#taken = new Uint16Array(clock.minutes);
    for (let day = 1 - daysBefore; day < daysAfter - 1; day++) {
      if (!clock.hasDay(day)) continue;
      this.#markChecks(day);
      if (this.#isClosed(clock.dateOf(day).toString())) continue;
      this.#nights.add(day);
      this.#markHours(day);
    }
  }

  #isClosed(date: string): boolean {
    const { closedOn, closures } = this.#rules;
    return closedOn.includes(date) || closures.some((one) => date >= one.from && date <= one.to);
  }

  #markHours(day: number): void {
    const { availability } = this.#rules;
    if (availability.by === "nights") return;
    const date = this.#clock.dateOf(day);
    const text = date.toString();
    const exception = availability.exceptions.find((one) => text >= one.from && text <= one.to);
    const hours = exception ? exception.open : (availability.weekly[weekdays[date.dayOfWeek - 1]!] ?? []);
    for (const { from, to } of hours) {
      const start = this.#clock.find(day, from);
      const end = this.#clock.find(to < from ? day + 1 : day, to);
      for (let minute = start; minute < end; minute++) {
        this.#open[minute] = 1;
        if ((minute - start) % availability.granularityMinutes === 0) this.#mayStart[minute] = 1;
      }
    }
  }

  #markChecks(day: number): void {
    const { availability } = this.#rules;
    if (availability.by === "hours") return;
    this.#arrivals.set(this.#clock.find(day, availability.checkIn), day);
    this.#departures.set(this.#clock.find(day, availability.checkOut), day);
  }

  /** Do the rules allow it, as seen from that minute? */
  allows({ start, end }: NaiveTime, now: number): boolean {
    const { availability, noticeMinutes, windowDays } = this.#rules;
    // A clock change can swallow a short night whole, or put its end before its start.
    if (end <= start) return false;
    if (start < now + noticeMinutes || start > now + windowDays * 1440) return false;
    if (availability.by === "nights") return this.#allowsStay(start, end);
    const length = end - start;
    if (length < availability.minimumMinutes || length > availability.maximumMinutes) return false;
    if (length % availability.granularityMinutes !== 0 || this.#mayStart[start] !== 1) return false;
    for (let minute = start; minute < end; minute++) if (this.#open[minute] !== 1) return false;
    return true;
  }

  #allowsStay(start: number, end: number): boolean {
    const { availability } = this.#rules;
    if (availability.by === "hours") return false;
    const arrival = this.#arrivals.get(start);
    const departure = this.#departures.get(end);
    if (arrival === undefined || departure === undefined) return false;
    let nights = 0;
    for (let day = arrival; day < departure; day++) {
      if (!this.#clock.hasDay(day)) continue;
      if (!this.#nights.has(day)) return false;
      nights++;
    }
    const weekdayOf = (day: number) => weekdays[this.#clock.dateOf(day).dayOfWeek - 1]!;
    return (
      nights >= availability.minimumNights &&
      nights <= availability.maximumNights &&
      !availability.noArrivalOn.includes(weekdayOf(arrival)) &&
      !availability.noDepartureOn.includes(weekdayOf(departure))
    );
  }

  /** In nights, or minutes. */
  lengthOf({ start, end }: NaiveTime): number {
    if (this.#rules.availability.by === "hours") return end - start;
    const [arrival, departure] = [this.#arrivals.get(start) ?? NaN, this.#departures.get(end) ?? NaN];
    let nights = 0;
    for (let day = arrival; day < departure; day++) if (this.#clock.hasDay(day)) nights++;
    return nights;
  }

  /** The day a listing has it under: of the arrival, or that the clock shows at the start. */
  dayOf({ start }: NaiveTime): number {
    const byNights = this.#rules.availability.by === "nights";
    return byNights ? (this.#arrivals.get(start) ?? NaN) : this.#clock.dayShownAt(start);
  }

  /** Units free at every minute, buffers included. */
  free({ start, end }: NaiveTime): number {
    const { bufferBeforeMinutes, bufferAfterMinutes, capacity } = this.#rules;
    let most = 0;
    for (let minute = start - bufferBeforeMinutes; minute < end + bufferAfterMinutes; minute++) {
      most = Math.max(most, this.#taken[minute]!);
    }
    return capacity - most;
  }

  /** Marks (or, with a negative quantity, unmarks) what a booking of that time takes; a block has no buffers. */
  mark({ start, end }: NaiveTime, quantity: number, buffers: boolean): void {
    const before = buffers ? this.#rules.bufferBeforeMinutes : 0;
    const after = buffers ? this.#rules.bufferAfterMinutes : 0;
    for (let minute = start - before; minute < end + after; minute++) this.#taken[minute]! += quantity;
  }
}
