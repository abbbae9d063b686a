import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { completeRules } from "@holdfast/testkit/resource-rules";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkTime, type BookableTime } from "./check-time.ts";
import { countFree, dealAnew, pickUnits, type OwnedAllocation } from "./free-units.ts";
import { listTimes } from "./list-times.ts";
import { OpeningRules } from "./opening-rules.ts";
import { parseRange, rangeLiteral } from "./calendars.ts";

const salon = completeRules({
  title: "Chair",
  kind: "chair",
  description: "",
  zone: "Europe/Lisbon",
  capacity: 1,
  availability: {
    by: "hours",
    weekly: {
      mon: [
        { from: "09:00", to: "12:00" },
        { from: "12:00", to: "18:00" },
      ],
      sun: [{ from: "00:00", to: "04:00" }],
    },
    granularityMinutes: 30,
    minimumMinutes: 30,
    maximumMinutes: 240,
  },
  price: { per: "hour", amountMinor: 6000, currency: "EUR" },
  cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 0 },
  holdMinutes: 10,
  noticeMinutes: 60,
  windowDays: 90,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 15,
  closedOn: ["2027-03-08"],
});

const hotel = completeRules({
  ...salon,
  zone: "America/New_York",
  capacity: 3,
  availability: { by: "nights", checkIn: "15:00", checkOut: "11:00", minimumNights: 1, maximumNights: 14 },
  price: { per: "night", amountMinor: 12000, currency: "USD" },
  noticeMinutes: 0,
  bufferAfterMinutes: 0,
});

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const ask = (rules: ResourceRules, startsAt: string, endsAt: string, now = "2027-02-20T00:00:00Z") =>
  checkTime(new OpeningRules(rules), { startsAt: at(startsAt), endsAt: at(endsAt) }, at(now));

describe("a time by the minute", () => {
  test("is bookable inside the hours, and takes its buffer from the calendar", () => {
    expect(ask(salon, "2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z")).toEqual({
      length: { unit: "minute", count: 60 },
      taken: { from: at("2027-03-01T09:00:00Z"), to: at("2027-03-01T10:15:00Z") },
    });
  });

  test("may span two intervals that touch", () => {
    expect(ask(salon, "2027-03-01T11:30:00Z", "2027-03-01T12:30:00Z")).toMatchObject({
      length: { count: 60 },
    });
  });

  test.each([
    ["before opening", "2027-03-01T08:30:00Z", "2027-03-01T09:30:00Z", "closed"],
    ["past closing", "2027-03-01T17:30:00Z", "2027-03-01T18:30:00Z", "closed"],
    ["on a day that is not open", "2027-03-02T09:00:00Z", "2027-03-02T10:00:00Z", "closed"],
    ["on a closed date", "2027-03-08T09:00:00Z", "2027-03-08T10:00:00Z", "closed"],
    ["off the grid", "2027-03-01T09:10:00Z", "2027-03-01T10:10:00Z", "start-off-grid"],
    ["of an odd length", "2027-03-01T09:00:00Z", "2027-03-01T09:40:00Z", "length-off-grid"],
    ["too short", "2027-03-01T09:00:00Z", "2027-03-01T09:10:00Z", "too-short"],
    ["too long", "2027-03-01T09:00:00Z", "2027-03-01T14:00:00Z", "too-long"],
    ["beyond the window", "2027-06-07T08:00:00Z", "2027-06-07T09:00:00Z", "beyond-window"],
  ])("is refused %s", (_, startsAt, endsAt, refusal) => {
    expect(ask(salon, startsAt, endsAt)).toBe(refusal);
  });

  test("is refused in the past and within the notice", () => {
    const now = "2027-03-01T09:30:00Z";
    expect(ask(salon, "2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z", now)).toBe("in-the-past");
    expect(ask(salon, "2027-03-01T10:00:00Z", "2027-03-01T11:00:00Z", now)).toBe("notice-too-short");
    expect(ask(salon, "2027-03-01T10:30:00Z", "2027-03-01T11:30:00Z", now)).toHaveProperty("length");
  });

  test("follows the wall clock through the hour that is skipped in spring", () => {
    // Lisbon jumps from 01:00 to 02:00 on 2027-03-28: 00:00 to 04:00 on the wall is three hours long.
    const listed = listTimes(new OpeningRules(salon), {
      from: Temporal.PlainDate.from("2027-03-28"),
      to: Temporal.PlainDate.from("2027-03-28"),
      length: 60,
    });
    expect(listed.at(0)?.startsAt).toBe(at("2027-03-28T00:00:00Z"));
    expect(listed.at(-1)?.endsAt).toBe(at("2027-03-28T03:00:00Z"));
  });
});

describe("a time by the night", () => {
  test("runs from check-in to check-out in the resource's zone, over a clock change too", () => {
    // New York springs forward on 2027-03-14: the offset is -5 before and -4 after.
    expect(ask(hotel, "2027-03-13T20:00:00Z", "2027-03-15T15:00:00Z")).toMatchObject({
      length: { unit: "night", count: 2 },
    });
  });

  test.each([
    ["from another hour", "2027-03-01T19:00:00Z", "2027-03-02T16:00:00Z", "start-off-grid"],
    ["to another hour", "2027-03-01T20:00:00Z", "2027-03-02T17:00:00Z", "length-off-grid"],
    ["for longer than is let", "2027-03-01T20:00:00Z", "2027-03-20T15:00:00Z", "too-long"],
    ["on a closed date", "2027-03-08T20:00:00Z", "2027-03-09T16:00:00Z", "closed"],
  ])("is refused %s", (_, startsAt, endsAt, refusal) => {
    expect(ask(hotel, startsAt, endsAt)).toBe(refusal);
  });
});

describe("units", () => {
  const spans = fc.array(
    fc.record({ from: fc.integer({ min: 0, max: 20 }), hours: fc.integer({ min: 1, max: 5 }) }),
    { maxLength: 30 },
  );
  const capacity = 4;
  const hoursOf = (time: { from: number; to: number }) =>
    Array.from({ length: time.to - time.from }, (_, i) => time.from + i);
  const takenAt = (taken: readonly OwnedAllocation[], hour: number) =>
    taken.filter((one) => one.from <= hour && hour < one.to).length;

  test("are given wherever a count by the hour finds enough of them, dealt anew if need be, and never elsewhere", () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 3 }), (list, quantity) => {
        let taken: OwnedAllocation[] = [];
        for (const [index, { from, hours }] of list.entries()) {
          const time = { from, to: from + hours };
          const free = Math.min(...hoursOf(time).map((hour) => capacity - takenAt(taken, hour)));
          expect(countFree(taken, capacity, time)).toBe(free);
          const inOnePiece = pickUnits(taken, capacity, time, quantity);
          expect(free < quantity && inOnePiece !== undefined).toBe(false);
          if (free < quantity) continue;
          const dealt = inOnePiece
            ? { units: [inOnePiece], dealt: taken }
            : dealAnew(taken, [{ ...time, quantity }]);
          taken = [
            ...dealt.dealt,
            ...dealt.units.flat().map((unit) => ({ unit, ownerId: `b${index}`, ...time })),
          ];
          const marks = taken.flatMap((one) => hoursOf(one).map((hour) => `${one.unit}/${hour}`));
          expect(new Set(marks).size).toBe(marks.length);
          expect(Math.max(...taken.map((one) => one.unit))).toBeLessThanOrEqual(capacity);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test("every listed time passes the check that a booking must pass", () => {
  for (const rules of [salon, hotel]) {
    const opening = new OpeningRules(rules);
    const listed = listTimes(opening, {
      from: Temporal.PlainDate.from("2027-02-25"),
      to: Temporal.PlainDate.from("2027-04-05"),
      length: rules === hotel ? 2 : 90,
    });
    expect(listed.length).toBeGreaterThan(20);
    for (const time of listed) {
      expect(checkTime(opening, time, at("2027-02-20T00:00:00Z"))).toEqual<BookableTime>({
        length: time.length,
        taken: time.taken,
      });
    }
  }
});

test("a stretch of time reads back from its range literal, in Postgres' spelling too", () => {
  const time = { from: at("2027-03-01T09:00:00Z"), to: at("2027-03-01T10:15:00Z") };
  expect(parseRange(rangeLiteral(time))).toEqual(time);
  expect(parseRange('["2027-03-01 09:00:00+00","2027-03-01 10:15:00+00")')).toEqual(time);
});
