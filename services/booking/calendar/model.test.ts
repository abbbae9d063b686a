import { Problem } from "@holdfast/chassis/problem";
import { newId } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { propertyRuns } from "@holdfast/testkit/property-runs";
import assert from "node:assert";
import fc from "fast-check";
import { test } from "vitest";
import { findRoom, type FindRoomOptions } from "../bookings/find-room.ts";
import type { Surroundings } from "../bookings/surroundings.ts";
import { checkTime, takenBy, type AskedTime, type TakenTime } from "./check-time.ts";
import { countFree, dealAnew, pickUnits, type OwnedAllocation } from "./free-units.ts";
import { listTimes, shortestLength, type ListedTime } from "./list-times.ts";
import { NaiveCalendar, type NaiveTime, type WallClock } from "./naive-calendar.fixture.ts";
import { OpeningRules } from "./opening-rules.ts";
import { story, swallowedNight, type Operation, type Story } from "./random-rules.fixture.ts";

const runs = propertyRuns(10_000);
/** Said in the title of the test, so that a run can be had again. */
const seed = Math.floor(Math.random() * 2 ** 31);

const ids = { resourceId: newId("res"), vendorId: newId("vnd") };

/** What booking does for one resource, without its database. */
class RealCalendar {
  taken: readonly OwnedAllocation[] = [];
  readonly opening: OpeningRules;
  readonly #rules: ResourceRules;
  readonly #now: number;
  #names = 0;

  constructor(rules: ResourceRules, now: number) {
    this.#rules = rules;
    this.#now = now;
    this.opening = new OpeningRules(rules);
  }

  list(from: Temporal.PlainDate, to: Temporal.PlainDate, length: number, quantity: number): ListedTime[] {
    return listTimes(this.opening, { from, to, length }).filter((time) => this.offers(time, quantity));
  }

  offers(asked: AskedTime, quantity: number): boolean {
    const time = checkTime(this.opening, asked, this.#now);
    return typeof time !== "string" && countFree(this.taken, this.#rules.capacity, time.taken) >= quantity;
  }

  /** The name of the new booking; null where it is refused. */
  take(asked: AskedTime, quantity: number, options: FindRoomOptions = {}): string | null {
    const part = { resourceId: ids.resourceId, quantity, startsAt: asked.startsAt, endsAt: asked.endsAt };
    try {
      findRoom({ parts: [part], people: 1, extras: [] }, this.#surroundings(), options);
    } catch (error) {
      if (error instanceof Problem) return null;
      throw error;
    }
    if (options.ignoring) this.taken = this.taken.filter((one) => !options.ignoring!.has(one.ownerId));
    return this.#put(takenBy(this.opening, asked), quantity);
  }

  /** As the vendor takes time for itself: whatever the rules say, where enough units are free. */
  block(time: TakenTime, quantity: number): string | null {
    return countFree(this.taken, this.#rules.capacity, time) < quantity ? null : this.#put(time, quantity);
  }

  release(name: string): void {
    this.taken = this.taken.filter((one) => one.ownerId !== name);
  }

  #put(time: TakenTime, quantity: number): string {
    const ownerId = `bkg_${(this.#names += 1)}`;
    const picked = pickUnits(this.taken, this.#rules.capacity, time, quantity);
    const { units, dealt } = picked
      ? { units: [picked], dealt: this.taken }
      : dealAnew(this.taken, [{ ...time, quantity }]);
    this.taken = [...dealt, ...units.flat().map((unit) => ({ ...time, unit, ownerId }))];
    return ownerId;
  }

  #surroundings(): Surroundings {
    const calendar = { calendar_id: 1, calendar_version: 1, version: 1, bookable: true };
    const snapshot = { ...ids, vendorName: "", version: 1, rules: this.#rules };
    return {
      now: Temporal.Instant.fromEpochMilliseconds(this.#now),
      calendars: new Map([[ids.resourceId, { ...calendar, resource_id: ids.resourceId }]]),
      resources: new Map([[ids.resourceId, { snapshot, opening: this.opening }]]),
      taken: new Map([[1, this.taken]]),
      promotions: new Map(),
    };
  }
}

/** Both calendars, told the same things. */
class Comparison {
  readonly #clock: WallClock;
  readonly #rules: ResourceRules;
  readonly #now: number;
  readonly #real: RealCalendar;
  readonly #naive: NaiveCalendar;
  readonly #length: number;
  readonly #held = new Map<string, { time: NaiveTime; quantity: number; isBlock: boolean }>();

  constructor({ clock, rules, now, length }: Story) {
    this.#clock = clock;
    this.#rules = rules;
    this.#now = clock.minuteOf(clock.base.toZonedDateTime(clock.zone).epochMilliseconds) + now;
    this.#real = new RealCalendar(rules, clock.msOf(this.#now));
    this.#naive = new NaiveCalendar(rules, clock);
    const steps = rules.availability.by === "nights" ? 1 : rules.availability.granularityMinutes;
    this.#length = shortestLength(this.#real.opening) + length * steps;
  }

  #isFree(time: NaiveTime, quantity: number): boolean {
    return this.#naive.allows(time, this.#now) && this.#naive.free(time) >= quantity;
  }

  #asked({ start, end }: NaiveTime): AskedTime {
    return { startsAt: this.#clock.msOf(start), endsAt: this.#clock.msOf(end) };
  }

  /** Every start, by steps of five minutes (of thirty where nights are booked), over two dates, with several ends. */
  *#candidates(): Generator<NaiveTime> {
    const { availability } = this.#rules;
    const [first, last] = [this.#clock.find(0, "00:00"), this.#clock.find(2, "00:00")];
    if (availability.by === "hours") {
      const lengths = [availability.minimumMinutes, this.#length, availability.granularityMinutes + 5];
      for (let start = first; start < last; start += 5)
        for (const length of lengths) yield { start, end: start + length };
      return;
    }
    for (const day of [1, 2, 3, 4, 5]) {
      const departs = this.#clock.find(day, availability.checkOut);
      for (let start = first; start < last; start += 30) {
        yield { start, end: departs };
        yield { start, end: departs + 30 };
      }
    }
  }

  /** Exactly what the model offers is listed, on the date it starts on, and nothing else could be taken. */
  expectSameOffer(quantity: number): void {
    const { base } = this.#clock;
    const listed = this.#real.list(base, base.add({ days: 1 }), this.#length, quantity);
    const offered = new Set(listed.map((time) => time.startsAt));
    assert.equal(offered.size, listed.length);
    for (const time of listed) {
      this.#agree(this.#naiveTime(time), quantity, true);
      const date = this.#clock.dateOf(this.#naive.dayOf(this.#naiveTime(time)));
      assert.equal(time.date, date.toString());
    }
    for (const time of this.#candidates()) {
      const isFree = this.#isFree(time, quantity);
      this.#agree(time, quantity, isFree);
      const isListed = this.#isAskedFor(time) && isFree;
      if (isListed && !offered.has(this.#asked(time).startsAt))
        assert.fail(`${this.#text(time)} is not listed`);
    }
  }

  #isAskedFor(time: NaiveTime): boolean {
    return this.#naive.lengthOf(time) === this.#length && [0, 1].includes(this.#naive.dayOf(time));
  }

  #naiveTime({ startsAt, endsAt }: AskedTime): NaiveTime {
    return { start: this.#clock.minuteOf(startsAt), end: this.#clock.minuteOf(endsAt) };
  }

  #agree(time: NaiveTime, quantity: number, isFree: boolean): void {
    const offers = this.#real.offers(this.#asked(time), quantity);
    if (offers === isFree && this.#isFree(time, quantity) === isFree) return;
    assert.fail(`${this.#text(time)} is ${isFree ? "free" : "not free"}, but that is not what is said of it`);
  }

  #text(time: NaiveTime): string {
    const { startsAt, endsAt } = this.#asked(time);
    const text = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();
    return `${text(startsAt)} to ${text(endsAt)}`;
  }

  do(operation: Operation): void {
    switch (operation.kind) {
      case "take-listed":
        return this.#take(this.#pickListed(operation.at, operation.quantity), operation.quantity);
      case "take-any":
        return this.#take(this.#pickAny(operation.at), operation.quantity);
      case "block":
        return this.#block(this.#pickAny(operation.at), operation.quantity);
      case "release":
        return this.#release(operation.which);
      case "move":
        return this.#move(operation.which, this.#pickAny(operation.at));
    }
  }

  #pickListed(at: number, quantity: number): NaiveTime | undefined {
    const { base } = this.#clock;
    const listed = this.#real.list(base, base.add({ days: 2 }), this.#length, quantity);
    const time = listed[at % Math.max(1, listed.length)];
    return time && this.#naiveTime(time);
  }

  #pickAny(at: number): NaiveTime {
    const nights = this.#rules.availability.by === "nights";
    const start = this.#clock.find(0, "00:00") + (at % (3 * 288)) * 5;
    return { start, end: start + (nights ? this.#length * 1440 - 180 : this.#length) };
  }

  #take(time: NaiveTime | undefined, quantity: number): void {
    if (!time) return;
    const isFree = this.#isFree(time, quantity);
    const name = this.#real.take(this.#asked(time), quantity);
    assert.equal(name !== null, isFree);
    if (name !== null) this.#hold(name, time, quantity, false);
  }

  #block(time: NaiveTime, quantity: number): void {
    const isFree = this.#naive.free(time) >= quantity;
    const { startsAt: from, endsAt: to } = this.#asked(time);
    const name = this.#real.block({ from, to }, quantity);
    // The model counts what a booking of the time would need, which is no less than the block does.
    if (isFree) assert(name !== null, "a block goes where a booking would");
    if (name !== null) this.#hold(name, time, quantity, true);
  }

  #hold(name: string, time: NaiveTime, quantity: number, isBlock: boolean): void {
    this.#naive.mark(time, quantity, !isBlock);
    this.#held.set(name, { time, quantity, isBlock });
    this.#expectUnitsApart();
  }

  #release(which: number): void {
    const [name, held] = [...this.#held][which % Math.max(1, this.#held.size)] ?? [];
    if (name === undefined || !held) return;
    this.#held.delete(name);
    this.#real.release(name);
    this.#naive.mark(held.time, -held.quantity, !held.isBlock);
    const again = this.#naive.allows(held.time, this.#now);
    if (!held.isBlock) assert.equal(this.#real.offers(this.#asked(held.time), held.quantity), again);
  }

  /** To another time, its own old one not in its way; refused, it keeps that. */
  #move(which: number, to: NaiveTime): void {
    const [name, held] = [...this.#held][which % Math.max(1, this.#held.size)] ?? [];
    if (name === undefined || !held || held.isBlock) return;
    this.#naive.mark(held.time, -held.quantity, true);
    const isFree = this.#isFree(to, held.quantity);
    const moved = this.#real.take(this.#asked(to), held.quantity, { ignoring: new Set([name]) });
    assert.equal(moved !== null, isFree);
    if (moved === null) return this.#naive.mark(held.time, held.quantity, true);
    this.#held.delete(name);
    this.#hold(moved, to, held.quantity, false);
  }

  #expectUnitsApart(): void {
    const taken = this.#real.taken.toSorted((a, b) => a.unit - b.unit || a.from - b.from);
    for (const [index, one] of taken.entries()) {
      const before = taken[index - 1];
      assert(one.unit >= 1 && one.unit <= this.#rules.capacity, "a unit that the resource has");
      assert(before?.unit !== one.unit || before.to <= one.from, "one booking on a unit at a time");
    }
  }
}

test(
  `offers, takes and frees exactly what a calendar of marked minutes does (${runs} runs, seed ${seed})`,
  { timeout: 180_000 },
  () => {
    fc.assert(
      fc.property(story, (told) => {
        const comparison = new Comparison(told);
        for (const operation of told.operations) comparison.do(operation);
        comparison.expectSameOffer(told.listed);
      }),
      { numRuns: runs, seed, examples: [[swallowedNight]] },
    );
  },
);
