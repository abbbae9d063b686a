import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextPayoutAt, type PayoutDays } from "./schedule.ts";

const next = (days: PayoutDays, after: string) => nextPayoutAt(days, Temporal.Instant.from(after)).toString();
/** The next payouts one after the other, as dates. */
function dates(days: PayoutDays, after: string, count: number): string[] {
  const found: string[] = [];
  for (let at = Temporal.Instant.from(after); found.length < count;) {
    at = nextPayoutAt(days, at);
    found.push(at.toString().slice(0, 10));
  }
  return found;
}

test("a day begins in UTC, and a payout is never on the day it is asked on", () => {
  expect(next({ interval: "daily" }, "2030-05-05T23:59:59.999Z")).toBe("2030-05-06T00:00:00Z");
  expect(next({ interval: "daily" }, "2030-05-06T00:00:00Z")).toBe("2030-05-07T00:00:00Z");
});

test("a week's day is the next one, also over a year's end", () => {
  // 2030-12-31 is a Tuesday.
  expect(dates({ interval: "weekly", weekday: 2 }, "2030-12-30T12:00:00Z", 3)).toEqual([
    "2030-12-31",
    "2031-01-07",
    "2031-01-14",
  ]);
  expect(dates({ interval: "weekly", weekday: 7 }, "2030-12-31T00:00:00Z", 1)).toEqual(["2031-01-05"]);
});

describe("a month's day", () => {
  test("that the month does not have is its last, and comes back in the month that has it", () => {
    expect(dates({ interval: "monthly", day: 31 }, "2027-12-31T00:00:00Z", 6)).toEqual([
      "2028-01-31",
      "2028-02-29",
      "2028-03-31",
      "2028-04-30",
      "2028-05-31",
      "2028-06-30",
    ]);
  });

  test.each([
    ["2027-02-01T00:00:00Z", "2027-02-28"],
    ["2028-02-01T00:00:00Z", "2028-02-29"],
    ["2100-02-01T00:00:00Z", "2100-02-28"],
    ["2028-02-29T00:00:00Z", "2028-03-30"],
  ])("30 after %s is %s", (after, date) => {
    expect(dates({ interval: "monthly", day: 30 }, after, 1)).toEqual([date]);
  });

  test("that is over is next month's", () => {
    expect(dates({ interval: "monthly", day: 1 }, "2030-12-01T00:00:00Z", 2)).toEqual([
      "2031-01-01",
      "2031-02-01",
    ]);
  });
});

test("whatever is asked, the next payout is a midnight of the right day, later, and the first such", () => {
  const days = fc.oneof(
    fc.constant<PayoutDays>({ interval: "daily" }),
    fc.integer({ min: 1, max: 7 }).map((weekday): PayoutDays => ({ interval: "weekly", weekday })),
    fc.integer({ min: 1, max: 31 }).map((day): PayoutDays => ({ interval: "monthly", day })),
  );
  const isOne = (of: PayoutDays, date: Temporal.PlainDate) => {
    if (of.interval === "daily") return true;
    if (of.interval === "weekly") return date.dayOfWeek === of.weekday;
    return date.day === of.day || (date.day === date.daysInMonth && date.day < of.day);
  };
  fc.assert(
    fc.property(days, fc.integer({ min: 0, max: 6_000_000_000 }), (of, seconds) => {
      const after = Temporal.Instant.fromEpochMilliseconds(seconds * 1_000);
      const at = nextPayoutAt(of, after).toZonedDateTimeISO("UTC");
      expect(at.startOfDay().equals(at)).toBe(true);
      let date = after.toZonedDateTimeISO("UTC").toPlainDate();
      do date = date.add({ days: 1 });
      while (!isOne(of, date));
      expect(at.toPlainDate().toString()).toBe(date.toString());
    }),
  );
});
