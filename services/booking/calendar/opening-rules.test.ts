import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import type { ResourceRules, ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { describe, expect, test } from "vitest";
import { checkTime, judgeTime } from "./check-time.ts";
import { listTimes } from "./list-times.ts";
import { OpeningRules } from "./opening-rules.ts";

type Hours = Extract<ResourceRulesInput["availability"], { by: "hours" }>;
type Nights = Extract<ResourceRulesInput["availability"], { by: "nights" }>;

const hours = (changes: Partial<Hours>, others: Partial<ResourceRulesInput> = {}): ResourceRules =>
  completeRules({
    ...deskRules,
    zone: "UTC",
    windowDays: 1100,
    availability: {
      by: "hours",
      weekly: { mon: [{ from: "09:00", to: "11:00" }] },
      granularityMinutes: 60,
      minimumMinutes: 60,
      maximumMinutes: 1440,
      ...changes,
    },
    ...others,
  });

const nights = (changes: Partial<Nights>, others: Partial<ResourceRulesInput> = {}): ResourceRules =>
  completeRules({
    ...deskRules,
    zone: "UTC",
    windowDays: 1100,
    availability: {
      by: "nights",
      checkIn: "15:00",
      checkOut: "11:00",
      minimumNights: 1,
      maximumNights: 7,
      ...changes,
    },
    price: { per: "night", amountMinor: 100, currency: "EUR" },
    ...others,
  });

const at = (text: string) => Temporal.Instant.from(`${text}Z`).epochMilliseconds;
const now = at("2027-01-01T00:00");

/** Starts of what is listed, without their seconds. */
function starts(rules: ResourceRules, from: string, to: string, length = 60): string[] {
  const of = { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to), length };
  return listTimes(new OpeningRules(rules), of).map(({ startsAt }) =>
    Temporal.Instant.fromEpochMilliseconds(startsAt).toString().slice(0, 16),
  );
}

const ask = (rules: ResourceRules, startsAt: string, endsAt: string) =>
  checkTime(new OpeningRules(rules), { startsAt: at(startsAt), endsAt: at(endsAt) }, now);

// 2027-03-01 is a Monday.
describe("an opening past midnight", () => {
  const bar = hours({ weekly: { mon: [{ from: "22:30", to: "02:30" }] } });

  test("is listed on both dates, and its later starts lie on its own grid", () => {
    expect(starts(bar, "2027-03-01", "2027-03-01")).toEqual(["2027-03-01T22:30", "2027-03-01T23:30"]);
    expect(starts(bar, "2027-03-02", "2027-03-02")).toEqual(["2027-03-02T00:30", "2027-03-02T01:30"]);
    expect(ask(bar, "2027-03-02T01:30", "2027-03-02T02:30")).toHaveProperty("length");
    expect(ask(bar, "2027-03-02T01:00", "2027-03-02T02:00")).toBe("start-off-grid");
    expect(ask(bar, "2027-03-02T02:30", "2027-03-02T03:30")).toBe("closed");
  });

  test("joins with the next date's where they touch, and no sooner", () => {
    const joined = hours({
      weekly: { mon: [{ from: "22:00", to: "02:00" }], tue: [{ from: "02:00", to: "05:00" }] },
    });
    expect(ask(joined, "2027-03-01T22:00", "2027-03-02T05:00")).toHaveProperty("length.count", 420);
    const apart = hours({
      weekly: { mon: [{ from: "22:00", to: "02:00" }], tue: [{ from: "02:01", to: "05:00" }] },
    });
    expect(ask(apart, "2027-03-01T22:00", "2027-03-02T05:00")).toBe("closed");
  });

  test("runs on into a date that is closed, for it begins on one that is not", () => {
    const closed = hours(
      { weekly: { mon: [{ from: "22:00", to: "02:00" }], tue: [{ from: "10:00", to: "12:00" }] } },
      { closedOn: ["2027-03-02"] },
    );
    expect(starts(closed, "2027-03-02", "2027-03-02")).toEqual(["2027-03-02T00:00", "2027-03-02T01:00"]);
    expect(starts(closed, "2027-03-09", "2027-03-09")).toContain("2027-03-09T10:00");
  });

  test("offers each start once where an exception opens into it", () => {
    const rules = hours({
      weekly: { mon: [{ from: "22:00", to: "02:00" }] },
      exceptions: [{ from: "2027-03-02", to: "2027-03-02", open: [{ from: "00:30", to: "03:30" }] }],
    });
    expect(starts(rules, "2027-03-02", "2027-03-02")).toEqual([
      "2027-03-02T00:00",
      "2027-03-02T00:30",
      "2027-03-02T01:00",
      "2027-03-02T01:30",
      "2027-03-02T02:30",
    ]);
  });
});

describe("an exception", () => {
  const rules = hours({
    exceptions: [
      { from: "2027-03-08", to: "2027-03-08", open: [] },
      { from: "2027-03-08", to: "2027-03-16", open: [{ from: "12:00", to: "13:00" }] },
    ],
  });

  test("takes the place of the week's hours, the first that holds the date, to its last date", () => {
    expect(starts(rules, "2027-03-01", "2027-03-01")).toEqual(["2027-03-01T09:00", "2027-03-01T10:00"]);
    expect(starts(rules, "2027-03-08", "2027-03-08")).toEqual([]);
    expect(starts(rules, "2027-03-09", "2027-03-09")).toEqual(["2027-03-09T12:00"]);
    expect(starts(rules, "2027-03-16", "2027-03-17")).toEqual(["2027-03-16T12:00"]);
    expect(starts(rules, "2027-03-22", "2027-03-22")).toHaveLength(2);
  });

  test("does not open a date that is closed", () => {
    const closed = { ...rules, closures: [{ from: "2027-03-09", to: "2027-03-10", reason: "Works" }] };
    expect(starts(closed, "2027-03-08", "2027-03-11")).toEqual(["2027-03-11T12:00"]);
  });
});

describe("public holidays", () => {
  const every = Object.fromEntries(
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((one) => [one, [{ from: "09:00", to: "10:00" }]]),
  );
  const closedIn = (holidays: { country: string; region?: string; openOn?: string[] }, year = 2027) => {
    const open = starts(hours({ weekly: every }, { holidays }), `${year}-01-01`, `${year}-12-31`);
    const dates = new Set(open.map((start) => start.slice(0, 10)));
    return (...asked: string[]) => asked.filter((date) => !dates.has(date));
  };

  test("close the country's dates, and a region's own only there", () => {
    // Epiphany and Corpus Christi are holidays in Bavaria, not in Berlin; Unity Day is one everywhere.
    const asked = ["2027-01-06", "2027-05-27", "2027-10-03", "2027-10-04"];
    expect(closedIn({ country: "DE", region: "BY" })(...asked)).toEqual(asked.slice(0, 3));
    expect(closedIn({ country: "DE", region: "BE" })(...asked)).toEqual(["2027-10-03"]);
  });

  test("leave a date open that the vendor opens", () => {
    expect(closedIn({ country: "PT", openOn: ["2027-12-25"] })("2027-12-08", "2027-12-25")).toEqual([
      "2027-12-08",
    ]);
  });

  test("close every date of one that lasts for days, over the turn of the year too, and none that is one in part", () => {
    // Korea's new year has three days; Swaziland's Incwala runs from 28 December to 2 January.
    expect(
      closedIn({ country: "KR" })("2027-02-06", "2027-02-07", "2027-02-08", "2027-02-09", "2027-02-11"),
    ).toEqual(["2027-02-07", "2027-02-08", "2027-02-09"]);
    expect(closedIn({ country: "SZ" })("2027-01-02", "2027-01-03", "2027-12-31")).toEqual([
      "2027-01-02",
      "2027-12-31",
    ]);
    // In Iceland Christmas Eve is a holiday from 13:00.
    expect(closedIn({ country: "IS" })("2027-12-24", "2027-12-25")).toEqual(["2027-12-25"]);
  });

  test("are the resource's dates, wherever the machine is", () => {
    const open = starts(
      hours({ weekly: every }, { zone: "Pacific/Auckland", holidays: { country: "NZ" } }),
      "2027-02-05",
      "2027-02-07",
    );
    // Waitangi Day is 6 February in New Zealand: 20:00 UTC on the 4th is 09:00 on the 5th there.
    expect(open).toEqual(["2027-02-04T20:00", "2027-02-06T20:00"]);
  });
});

describe("a stay", () => {
  test("begins and ends on days that allow it", () => {
    // Arrivals not on Sundays, departures not on Saturdays; 2027-03-06 is a Saturday.
    const rules = nights({ noArrivalOn: ["sun"], noDepartureOn: ["sat"] });
    expect(ask(rules, "2027-03-07T15:00", "2027-03-08T11:00")).toBe("no-arrival");
    expect(ask(rules, "2027-03-05T15:00", "2027-03-06T11:00")).toBe("no-departure");
    expect(ask(rules, "2027-03-05T15:00", "2027-03-07T11:00")).toHaveProperty("length.count", 2);
    expect(starts(rules, "2027-03-01", "2027-03-07", 1).map((start) => start.slice(8, 10))).toEqual([
      "01",
      "02",
      "03",
      "04",
      "06",
    ]);
  });

  test("has no closed night, and may end on a date that is closed", () => {
    const rules = nights({}, { closures: [{ from: "2027-03-03", to: "2027-03-04", reason: "Works" }] });
    expect(ask(rules, "2027-03-01T15:00", "2027-03-03T11:00")).toHaveProperty("length.count", 2);
    expect(ask(rules, "2027-03-01T15:00", "2027-03-04T11:00")).toBe("closed");
    expect(ask(rules, "2027-03-03T15:00", "2027-03-04T11:00")).toBe("closed");
    expect(ask(rules, "2027-03-02T15:00", "2027-03-06T11:00")).toBe("closed");
    expect(ask(rules, "2027-03-05T15:00", "2027-03-06T11:00")).toHaveProperty("length.count", 1);
    expect(starts(rules, "2027-03-01", "2027-03-06", 2).map((start) => start.slice(8, 10))).toEqual([
      "01",
      "05",
      "06",
    ]);
  });

  test("may be from midnight to midnight", () => {
    const rules = nights({ checkIn: "00:00", checkOut: "00:00" });
    expect(starts(rules, "2027-03-02", "2027-03-02", 1)).toEqual(["2027-03-02T00:00"]);
    expect(ask(rules, "2027-03-02T00:00", "2027-03-04T00:00")).toHaveProperty("length.count", 2);
  });
});

test("says everything that is wrong with a time, not the first thing alone", () => {
  const desk = new OpeningRules(hours({}, { noticeMinutes: 10_000 }));
  const soon = { startsAt: at("2027-03-01T09:10"), endsAt: at("2027-03-01T09:40") };
  expect(judgeTime(desk, soon, at("2027-03-01T00:00")).refusals).toEqual([
    "notice-too-short",
    "too-short",
    "length-off-grid",
    "start-off-grid",
  ]);
  const room = new OpeningRules(nights({ noArrivalOn: ["mon"] }, { closedOn: ["2027-03-01"] }));
  const odd = { startsAt: at("2027-03-01T14:00"), endsAt: at("2027-03-20T11:00") };
  expect(judgeTime(room, odd, now).refusals).toEqual(["start-off-grid", "too-long", "no-arrival", "closed"]);
});
