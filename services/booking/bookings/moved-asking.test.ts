import { newId } from "@holdfast/contracts/ids";
import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import { expect, test } from "vitest";
import type { TakenAlong } from "../database.ts";
import { sampleBooking } from "../saga/sample-booking.fixture.ts";
import { movedAsking, type RulesOf } from "./moved-asking.ts";

const nights = completeRules({
  ...deskRules,
  availability: { by: "nights", checkIn: "15:00", checkOut: "11:00", minimumNights: 1, maximumNights: 9 },
  price: { per: "night", amountMinor: 1000, currency: "EUR" },
});

const along = (startsAt: string, endsAt: string): TakenAlong => ({
  resourceId: newId("res"),
  calendarId: 2,
  resourceTitle: "Room",
  startsAt,
  endsAt,
  during: "",
  quantity: 2,
});

/** Where what is taken along ends up when a booking of 09:00 to 10:00 on 20 March moves. */
function moved(
  part: TakenAlong,
  to: { readonly startsAt: string; readonly endsAt: string },
  rulesOf: RulesOf,
) {
  const booking = sampleBooking({
    starts_at: "2027-03-20T09:00:00Z",
    ends_at: "2027-03-20T10:00:00Z",
    also: [part],
  });
  const [, also] = movedAsking(booking, to, rulesOf).parts;
  return [also!.startsAt, also!.endsAt].map((at) => new Date(at).toISOString());
}

const byHours: RulesOf = () => deskRules;
const byNights: RulesOf = () => nights;

test("what is taken along for the same time has the new time, however long that is", () => {
  const part = along("2027-03-20T09:00:00Z", "2027-03-20T10:00:00Z");
  const to = { startsAt: "2027-03-21T12:00:00Z", endsAt: "2027-03-21T15:00:00Z" };
  expect(moved(part, to, byHours)).toEqual(["2027-03-21T12:00:00.000Z", "2027-03-21T15:00:00.000Z"]);
});

test("what has a time of its own begins by as much later and keeps its length", () => {
  const part = along("2027-03-20T09:30:00Z", "2027-03-20T09:45:00Z");
  const to = { startsAt: "2027-03-21T12:00:00Z", endsAt: "2027-03-21T15:00:00Z" };
  expect(moved(part, to, byHours)).toEqual(["2027-03-21T12:30:00.000Z", "2027-03-21T12:45:00.000Z"]);
});

test("nights move by days, to the same hours on the wall across a clock change", () => {
  // Lisbon's clocks go forward on 28 March: 15:00 is at 14:00 UTC from then on.
  const part = along("2027-03-20T15:00:00Z", "2027-03-22T11:00:00Z");
  const to = { startsAt: "2027-04-02T16:00:00Z", endsAt: "2027-04-02T17:00:00Z" };
  expect(moved(part, to, byNights)).toEqual(["2027-04-02T14:00:00.000Z", "2027-04-04T10:00:00.000Z"]);
});

test("quantity and people stay where they are not said, and extras go along", () => {
  const booking = sampleBooking({ quantity: 3, people: 5, extras: [{ code: "towel", quantity: 2 }] });
  const to = { startsAt: "2027-03-21T12:00:00Z", endsAt: "2027-03-21T13:00:00Z" };
  const asked = movedAsking(booking, to, byHours);
  expect([asked.parts[0].quantity, asked.people, asked.extras]).toEqual([3, 5, booking.extras]);
  expect(movedAsking(booking, { ...to, quantity: 1, people: 2 }, byHours)).toMatchObject({
    people: 2,
    parts: [{ quantity: 1 }],
  });
});
