import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import { zoneTable, type ZoneRow } from "@holdfast/testkit/zones/zone-table";
import { weekdays } from "@holdfast/contracts/availability-rules";
import type { ResourceRules, ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { describe, expect, test } from "vitest";
import { priceOf } from "../pricing/price.ts";
import { checkTime, type AskedTime } from "./check-time.ts";
import { explainRules } from "./explain-rules.ts";
import { listTimes } from "./list-times.ts";
import { OpeningRules } from "./opening-rules.ts";

const day = (text: string) => Temporal.PlainDate.from(text);
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const text = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();
const spans = (times: readonly AskedTime[]) =>
  times.map(({ startsAt, endsAt }) => `${text(startsAt)} ${text(endsAt)}`);

function hoursIn(
  zone: string,
  weekly: Extract<ResourceRulesInput["availability"], { by: "hours" }>["weekly"],
): ResourceRules {
  return completeRules({
    ...deskRules,
    zone,
    availability: { by: "hours", weekly, granularityMinutes: 30, minimumMinutes: 30, maximumMinutes: 480 },
    price: { per: "hour", amountMinor: 6000, currency: "EUR" },
    windowDays: 1100,
  });
}

function nightsIn(
  zone: string,
  checkIn = "15:00",
  checkOut = "11:00",
  days: { readonly noArrivalOn?: ("sat" | "sun")[] } = {},
): ResourceRules {
  return completeRules({
    ...deskRules,
    zone,
    availability: { by: "nights", checkIn, checkOut, minimumNights: 1, maximumNights: 14, ...days },
    price: { per: "night", amountMinor: 10_000, currency: "EUR" },
    windowDays: 1100,
  });
}

/** Everything that begins on that date or on a neighbour of it. */
function listAround(rules: ResourceRules, date: string, length: number): AskedTime[] {
  const around = { from: day(date).subtract({ days: 1 }), to: day(date).add({ days: 1 }), length };
  return listTimes(new OpeningRules(rules), around);
}

/** What a booking of the whole time costs, as the calendar measures it; or why there can be none. */
function priceOfWhole(rules: ResourceRules, time: AskedTime): unknown {
  const now = time.startsAt - 30 * 86_400_000;
  const bookable = checkTime(new OpeningRules(rules), time, now);
  if (typeof bookable === "string") return bookable;
  const price = priceOf(rules.price, {
    ...time,
    zone: rules.zone,
    length: bookable.length,
    quantity: 1,
    people: 1,
    leadMinutes: 30 * 1440,
    occupancyPercent: 0,
    extras: [],
    promotion: null,
  });
  return typeof price === "string" ? price : { ...bookable.length, ...price.total };
}

describe.for(zoneTable.map((row) => [`${row.zone} (${row.change})`, row] as const))("%s", ([, row]) => {
  const weekly = { [weekdays[day(row.date).dayOfWeek - 1]!]: [row.open] };
  const opensAt = at(row.slots[0]!);

  test("lists exactly the hours there are", () => {
    expect(spans(listAround(hoursIn(row.zone, weekly), row.date, 60))).toEqual(
      row.slots.map((start) => `${start} ${text(at(start) + 3_600_000)}`),
    );
  });

  test("lets the whole opening at the price of its real length, and not a step more", () => {
    const rules = hoursIn(row.zone, weekly);
    const whole = { startsAt: opensAt, endsAt: opensAt + row.minutes * 60_000 };
    expect(priceOfWhole(rules, whole)).toEqual({
      unit: "minute",
      count: row.minutes,
      amountMinor: row.priceMinor,
      currency: "EUR",
    });
    expect(priceOfWhole(rules, { ...whole, endsAt: whole.endsAt + 1_800_000 })).toBe("closed");
  });

  test("lets one night from check-in to check-out, however long that is", () => {
    const { startsAt, endsAt, minutes } = row.night;
    const rules = nightsIn(row.zone);
    expect(at(endsAt) - at(startsAt)).toBe(minutes * 60_000);
    expect(spans(listAround(rules, row.date, 1))).toContain(`${startsAt} ${endsAt}`);
    expect(priceOfWhole(rules, { startsAt: at(startsAt), endsAt: at(endsAt) })).toEqual({
      unit: "night",
      count: 1,
      amountMinor: 10_000,
      currency: "EUR",
    });
  });
});

test("the table has at least twelve zones through both changes, and no row without hours", () => {
  const zones = (change: ZoneRow["change"]) =>
    new Set(zoneTable.filter((row) => row.change === change).map((row) => row.zone));
  expect([...zones("gap")].filter((zone) => zones("overlap").has(zone)).length).toBeGreaterThanOrEqual(12);
  expect(zoneTable.every((row) => row.slots.length > 0)).toBe(true);
});

describe("a wall time that a clock change", () => {
  const newYork = (from: string, to: string) => hoursIn("America/New_York", { sun: [{ from, to }] });

  test("jumps over is as much later: 02:30 is 03:30", () => {
    expect(spans(listAround(newYork("02:30", "05:00"), "2027-03-14", 90))).toEqual([
      "2027-03-14T07:30:00Z 2027-03-14T09:00:00Z",
    ]);
    expect(spans(listAround(nightsIn("America/New_York", "02:30", "02:30"), "2027-03-13", 1))).toContain(
      "2027-03-13T07:30:00Z 2027-03-14T07:30:00Z",
    );
  });

  test("shows twice is the first of the two", () => {
    expect(spans(listAround(newYork("01:30", "03:00"), "2027-11-07", 150))).toEqual([
      "2027-11-07T05:30:00Z 2027-11-07T08:00:00Z",
    ]);
    expect(spans(listAround(nightsIn("America/New_York", "01:30", "01:30"), "2027-11-06", 1))).toContain(
      "2027-11-06T05:30:00Z 2027-11-07T05:30:00Z",
    );
  });

  test("jumps over at midnight opens as soon as the date begins, once", () => {
    const cairo = hoursIn("Africa/Cairo", { fri: [{ from: "00:00", to: "02:00" }] });
    expect(spans(listAround(cairo, "2027-04-30", 60))).toEqual(["2027-04-29T22:00:00Z 2027-04-29T23:00:00Z"]);
    const beirut = hoursIn("Asia/Beirut", { sat: [{ from: "23:00", to: "24:00" }] });
    expect(spans(listAround(beirut, "2027-03-27", 60))).toEqual([
      "2027-03-27T21:00:00Z 2027-03-27T22:00:00Z",
    ]);
  });

  test("moves into the next date still belongs to the date that says it", () => {
    // Nuuk jumps from Saturday 23:00 to Sunday 00:00: 23:30 becomes Sunday 00:30.
    expect(spans(listAround(nightsIn("America/Nuuk", "23:30", "11:00"), "2027-03-27", 1))).toContain(
      "2027-03-28T01:30:00Z 2027-03-28T12:00:00Z",
    );
  });

  test("moves into the next date is explained by the date that says it", () => {
    const night = { startsAt: at("2027-03-28T01:30:00Z"), endsAt: at("2027-03-28T12:00:00Z") };
    const rules = {
      ...nightsIn("America/Nuuk", "23:30", "11:00", { noArrivalOn: ["sat"] }),
      closedOn: ["2027-03-27", "2027-03-28"],
    };
    const reasons = explainRules(new OpeningRules(rules), night, night.startsAt);
    expect(reasons.map(({ code, detail }) => ({ code, detail }))).toEqual([
      { code: "no-arrival", detail: { date: "2027-03-27", weekday: "sat", noArrivalOn: ["sat"] } },
      {
        code: "closed",
        detail: { dates: [{ date: "2027-03-27", closure: { by: "date", reason: "" } }] },
      },
    ]);
  });

  test.each([
    ["empty", "23:30", "00:30", "2027-03-28T01:30:00Z", "2027-03-28T01:30:00Z"],
    ["turned round", "23:45", "00:15", "2027-03-28T01:45:00Z", "2027-03-28T01:15:00Z"],
  ])("leaves %s is no night, listed or booked; those around it are", (_, checkIn, checkOut, start, end) => {
    const rules = nightsIn("America/Nuuk", checkIn, checkOut);
    expect(priceOfWhole(rules, { startsAt: at(start), endsAt: at(end) })).toBe("too-short");
    expect(spans(listAround(rules, "2027-03-27", 1))).toEqual([
      `2027-03-27T01:${checkIn.slice(3)}:00Z 2027-03-27T02:${checkOut.slice(3)}:00Z`,
      `2027-03-29T00:${checkIn.slice(3)}:00Z 2027-03-29T01:${checkOut.slice(3)}:00Z`,
    ]);
    const both = { startsAt: at(`2027-03-27T01:${checkIn.slice(3)}:00Z`), endsAt: at(end) };
    expect(priceOfWhole(rules, both)).toMatchObject({ unit: "night", count: 2 });
  });

  test.each([
    ["23:00", "24:00", []],
    ["23:30", "24:00", []],
    ["23:30", "00:15", []],
    ["22:00", "24:00", ["2027-03-28T00:00:00Z", "2027-03-28T00:30:00Z"]],
    ["22:00", "23:30", ["2027-03-28T00:00:00Z", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z"]],
    ["23:30", "01:00", ["2027-03-28T01:30:00Z"]],
  ])("takes the last hour of a date from (Nuuk): %s to %s on it opens at %j", (from, to, starts) => {
    const listed = listAround(hoursIn("America/Nuuk", { sat: [{ from, to }] }), "2027-03-27", 30);
    expect(listed.map((time) => text(time.startsAt))).toEqual(starts);
  });
});

describe("a date that a zone skips (Apia had no 2011-12-30)", () => {
  const everyDay = Object.fromEntries(weekdays.map((one) => [one, [{ from: "09:00", to: "10:00" }]]));

  test("has no openings, and the dates around it have each one once", () => {
    expect(spans(listAround(hoursIn("Pacific/Apia", everyDay), "2011-12-30", 60))).toEqual([
      "2011-12-29T19:00:00Z 2011-12-29T20:00:00Z",
      "2011-12-30T19:00:00Z 2011-12-30T20:00:00Z",
    ]);
  });

  test("has no night: the one before it ends on the date after it", () => {
    const rules = nightsIn("Pacific/Apia");
    const night = { startsAt: at("2011-12-30T01:00:00Z"), endsAt: at("2011-12-30T21:00:00Z") };
    expect(spans(listAround(rules, "2011-12-29", 1))).toContain(spans([night])[0]);
    expect(spans(listAround(rules, "2011-12-30", 1))).toHaveLength(2);
    expect(priceOfWhole(rules, night)).toMatchObject({ unit: "night", count: 1, amountMinor: 10_000 });
  });

  test("does not cut short what is open through it", () => {
    const rules = hoursIn("Pacific/Apia", { thu: [{ from: "22:00", to: "02:00" }] });
    // To 02:00 of the date that is not there: as far into the next as the clock then runs on.
    expect(spans(listAround(rules, "2011-12-30", 240))).toEqual([
      "2011-12-30T08:00:00Z 2011-12-30T12:00:00Z",
    ]);
  });
});
