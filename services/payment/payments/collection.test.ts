import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attemptsMax,
  begun,
  type Collection,
  failed,
  isGivenUp,
  nextAttemptAt,
  scheduled,
} from "./collection.ts";

const hourMs = 3_600_000;
const terms = {
  dueAt: "2027-05-18T12:00:00Z",
  givesUpAt: "2027-05-21T12:00:00Z",
  startsAt: "2027-06-01T12:00:00Z",
};
const at = (text: string) => Date.parse(text);
const dueMs = at(terms.dueAt);

/** Attempts made at the first possible moment, each refused at once: hours after the due time, and what is then so. */
function attemptsFrom(first: Collection, firstMs: number) {
  let [collection, nowMs] = [first, firstMs];
  const hours: number[] = [];
  while (!isGivenUp(collection, nowMs)) {
    hours.push((nowMs - firstMs) / hourMs);
    collection = failed(begun(collection), nowMs);
    nowMs = Date.parse(collection.tryAt ?? "");
  }
  return { hours, collection, endedMs: nowMs };
}

describe("a balance that is refused", () => {
  test("is tried four times, at intervals that double, and given up at the end of its grace", () => {
    const { hours, collection, endedMs } = attemptsFrom(scheduled(null, terms), dueMs);
    expect(hours).toEqual([0, 4.8, 14.4, 33.6]);
    expect(hours).toHaveLength(attemptsMax);
    expect(endedMs).toBe(at(terms.givesUpAt));
    expect(collection.givesUpAt).toBe(terms.givesUpAt);
    expect(nextAttemptAt(collection)).toBeUndefined();
  });

  test("has its whole grace where the first attempt came late, as far as the booking has not begun", () => {
    const lateMs = dueMs + 100 * hourMs;
    expect(attemptsFrom(scheduled(null, terms), lateMs).endedMs).toBe(lateMs + 72 * hourMs);
    const near = { ...terms, startsAt: "2027-05-23T12:00:00Z" };
    expect(attemptsFrom(scheduled(null, near), lateMs).endedMs).toBe(at(near.startsAt));
  });

  test("is not tried at all once the booking has begun", () => {
    expect(attemptsFrom(scheduled(null, terms), at(terms.startsAt)).hours).toEqual([]);
  });

  test("is given up no earlier than after an attempt, no later than at the start, whatever the terms", () => {
    const durations = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(durations, durations, durations, (graceHours, startHours, lateHours) => {
        const startsMs = dueMs + startHours * hourMs;
        const givesUpMs = Math.min(dueMs + graceHours * hourMs, startsMs);
        const text = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();
        const given = { dueAt: terms.dueAt, givesUpAt: text(givesUpMs), startsAt: text(startsMs) };
        const firstMs = dueMs + lateHours * hourMs;
        const { hours, endedMs } = attemptsFrom(scheduled(null, given), firstMs);
        expect(hours.length).toBeLessThanOrEqual(attemptsMax);
        expect(hours.length > 0).toBe(firstMs < startsMs);
        expect(endedMs).toBeLessThanOrEqual(Math.max(startsMs, firstMs));
      }),
    );
  });
});

describe("a balance that is due another time", () => {
  const tried = failed(begun(scheduled(null, terms)), dueMs);
  const later = {
    dueAt: "2027-05-28T12:00:00Z",
    givesUpAt: "2027-05-31T12:00:00Z",
    startsAt: "2027-06-11T12:00:00Z",
  };

  test("is tried anew from then on", () => {
    expect(scheduled(tried, later)).toEqual({ ...later, attempts: 0, isTrying: false, tryAt: later.dueAt });
  });

  test("does not count an attempt that was under way when that was decided", () => {
    const moved = scheduled(begun(tried), later);
    expect(failed(moved, dueMs + hourMs)).toEqual({
      ...later,
      attempts: 0,
      isTrying: false,
      tryAt: later.dueAt,
    });
  });

  test("is not, where it is still due when it was: what was tried counts, and it is given up by the new start", () => {
    expect(scheduled(tried, terms)).toEqual(tried);
    const sooner = { ...terms, startsAt: "2027-05-18T14:00:00Z" };
    expect(scheduled(tried, sooner)).toMatchObject({
      attempts: 1,
      tryAt: sooner.startsAt,
      givesUpAt: sooner.startsAt,
    });
  });
});
