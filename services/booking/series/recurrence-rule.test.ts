import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import { describe, expect, test } from "vitest";
import { askedBooking } from "../bookings/asked-booking.ts";
import { OpeningRules } from "../calendar/opening-rules.ts";
import { occurrencesOf } from "./recurrence-rule.ts";
import { seriesAskings } from "./series-askings.ts";

const lisbon = "Europe/Lisbon";
const at = (text: string) => Date.parse(text);
const recur = (rrule: string, startsAt = "2027-03-20T10:00:00Z", zone = lisbon) => {
  const found = occurrencesOf(rrule, at(startsAt), zone);
  return typeof found === "string" ? found : found.map((one) => new Date(one).toISOString().slice(0, 16));
};

describe("a recurrence rule", () => {
  test.each([
    // 10:00 in Lisbon, of which clocks are put forward on 2027-03-28.
    ["FREQ=WEEKLY;COUNT=3", ["2027-03-20T10:00", "2027-03-27T10:00", "2027-04-03T09:00"]],
    ["rrule:freq=weekly;count=2", ["2027-03-20T10:00", "2027-03-27T10:00"]],
    ["FREQ=WEEKLY;UNTIL=20270403", ["2027-03-20T10:00", "2027-03-27T10:00", "2027-04-03T09:00"]],
    ["FREQ=WEEKLY;UNTIL=20270403T090000Z", ["2027-03-20T10:00", "2027-03-27T10:00", "2027-04-03T09:00"]],
    ["FREQ=WEEKLY;UNTIL=20270403T085959Z", ["2027-03-20T10:00", "2027-03-27T10:00"]],
    ["FREQ=MONTHLY;BYDAY=3SA;COUNT=3", ["2027-03-20T10:00", "2027-04-17T09:00", "2027-05-15T09:00"]],
    ["FREQ=DAILY;BYHOUR=10,14;COUNT=3", ["2027-03-20T10:00", "2027-03-20T14:00", "2027-03-21T10:00"]],
    [
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=MO;COUNT=3",
      ["2027-03-20T10:00", "2027-03-21T10:00", "2027-04-03T09:00"],
    ],
  ])("keeps wall-clock time: %s", (rrule, expected) => {
    expect(recur(rrule)).toEqual(expected);
  });

  test("loses no occurrence where clocks skip its time: it runs on", () => {
    const daily = recur("FREQ=DAILY;COUNT=3", "2027-03-13T07:30:00Z", "America/New_York");
    // 02:30 does not exist on the 14th; it becomes 03:30 of the daylight hour.
    expect(daily).toEqual(["2027-03-13T07:30", "2027-03-14T07:30", "2027-03-15T06:30"]);
  });

  test("takes the earlier of a time that there is twice, but for a start that says the later", () => {
    // On 2027-10-31 there is 01:30 in Lisbon at 00:30Z and at 01:30Z.
    expect(recur("FREQ=DAILY;COUNT=2", "2027-10-30T00:30:00Z")).toEqual([
      "2027-10-30T00:30",
      "2027-10-31T00:30",
    ]);
    expect(recur("FREQ=DAILY;COUNT=2", "2027-10-31T01:30:00Z")).toEqual([
      "2027-10-31T01:30",
      "2027-11-01T01:30",
    ]);
  });

  test("by the hour counts hours that pass, also through a clock change", () => {
    const hourly = recur("FREQ=HOURLY;COUNT=3", "2027-03-28T00:00:00Z");
    expect(hourly).toEqual(["2027-03-28T00:00", "2027-03-28T01:00", "2027-03-28T02:00"]);
  });

  test.each([
    ["", /not understood/],
    ["nonsense", /not understood/],
    ["COUNT=3", /must say FREQ/],
    ["FREQ=WEEKLY", /either COUNT or UNTIL/],
    ["FREQ=WEEKLY;COUNT=3;UNTIL=20270401", /either COUNT or UNTIL/],
    ["FREQ=WEEKLY;COUNT=0", /not understood: COUNT=0/],
    ["FREQ=WEEKLY;COUNT=-2", /not understood/],
    ["FREQ=WEEKLY;COUNT=x", /not understood/],
    ["FREQ=WEEKLY;COUNT=3;COUNT=5", /twice/],
    ["FREQ=WEEKLY;COUNT=3;COLOUR=RED", /not understood: COLOUR=RED/],
    ["FREQ=WEEKLY;COUNT=3;CONSTRUCTOR=1", /not understood/],
    ["FREQ=WEEKLY;COUNT=101", /more than 100/],
    ["FREQ=DAILY;UNTIL=20990101", /more than 100/],
    ["FREQ=MINUTELY;COUNT=3", /within the hour/],
    ["FREQ=SECONDLY;COUNT=3", /within the hour/],
    ["FREQ=DAILY;BYMINUTE=0,30;COUNT=3", /within the hour/],
    ["FREQ=DAILY;INTERVAL=0;COUNT=3", /not understood/],
    ["FREQ=DAILY;BYHOUR=25;COUNT=3", /not understood/],
    ["FREQ=WEEKLY;BYDAY=XX;COUNT=3", /not understood/],
    ["FREQ=WEEKLY;UNTIL=20270231", /not understood/],
    ["FREQ=WEEKLY;UNTIL=2027-04-01", /not understood/],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", /never recurs/],
    ["FREQ=YEARLY;INTERVAL=1000;COUNT=3", /within our time/],
    ["FREQ=WEEKLY;BYDAY=MO;COUNT=3", /startsAt first/],
    ["FREQ=WEEKLY;UNTIL=20270301", /startsAt first/],
    ["DTSTART:20270101T000000Z\nRRULE:FREQ=DAILY;COUNT=2", /not understood/],
  ])("is refused with what is wrong: %s", (rrule, sentence) => {
    expect(recur(rrule)).toMatch(sentence);
  });
});

describe("the bookings of a series", () => {
  const desk = "res_00000000000000000000000001";
  const room = "res_00000000000000000000000002";
  const nights = {
    by: "nights",
    checkIn: "15:00",
    checkOut: "11:00",
    minimumNights: 1,
    maximumNights: 7,
  } as const;
  const hotel = completeRules({
    ...deskRules,
    availability: nights,
    price: { per: "night", amountMinor: 1, currency: "EUR" },
  });
  const openings = new Map([
    [desk, new OpeningRules(deskRules)],
    [room, new OpeningRules(hotel)],
  ]);
  const times = (rule: { rrule: string; exclude: string[] }, body: object) =>
    seriesAskings(
      askedBooking({ quantity: 1, people: 1, also: [], extras: [], ...body } as never),
      rule,
      openings,
    ).map(({ parts }) =>
      parts.map((part) =>
        [part.startsAt, part.endsAt].map((one) => new Date(one).toISOString().slice(0, 16)),
      ),
    );

  test("move by dates where they are nights, and by elapsed time where they are minutes", () => {
    const stay = { resourceId: room, startsAt: "2027-03-26T15:00:00Z", endsAt: "2027-03-27T11:00:00Z" };
    expect(times({ rrule: "FREQ=DAILY;COUNT=3", exclude: [] }, stay)).toEqual([
      [["2027-03-26T15:00", "2027-03-27T11:00"]],
      // The night in which an hour is skipped.
      [["2027-03-27T15:00", "2027-03-28T10:00"]],
      [["2027-03-28T14:00", "2027-03-29T10:00"]],
    ]);
    const also = [
      { resourceId: desk, quantity: 1, startsAt: "2027-03-26T17:00:00Z", endsAt: "2027-03-26T18:00:00Z" },
    ];
    expect(times({ rrule: "FREQ=DAILY;INTERVAL=2;COUNT=2", exclude: [] }, { ...stay, also })[1]).toEqual([
      ["2027-03-28T14:00", "2027-03-29T10:00"],
      ["2027-03-28T16:00", "2027-03-28T17:00"],
    ]);
  });

  test("leave out excluded dates, which count all the same", () => {
    const slot = { resourceId: desk, startsAt: "2027-03-20T23:30:00Z", endsAt: "2027-03-21T00:30:00Z" };
    const weekly = { rrule: "FREQ=WEEKLY;COUNT=3", exclude: ["2027-03-27", "2027-05-01"] };
    expect(times(weekly, slot).map(([main]) => main![0])).toEqual(["2027-03-20T23:30", "2027-04-03T22:30"]);
    expect(() => times({ ...weekly, exclude: ["2027-03-20", "2027-03-27", "2027-04-03"] }, slot)).toThrow(
      /no occurrence/,
    );
  });
});
