import { bookingStatuses } from "@holdfast/contracts/api/booking";
import { newId } from "@holdfast/contracts/ids";
import { describe, expect, test } from "vitest";
import { sampleBooking } from "../saga/sample-booking.fixture.ts";
import { allowedFrom, transitions, whyNot, type Actor } from "./transitions.ts";

const actors: readonly Actor[] = ["guest", "vendor", "admin", "payment", "clock"];
/** The sample lasts from 09:00 to 10:00 of that day. */
const at = (time: string) => Temporal.Instant.from(`2027-03-01T${time}Z`);

describe.each(bookingStatuses)("a booking that is %s", (status) => {
  const cases = actors.flatMap((actor) => transitions.map(({ action }) => ({ actor, action })));

  test.each(cases)("lets $actor $action exactly where the table says so", ({ actor, action }) => {
    const says = transitions.some(
      (row) =>
        row.action === action &&
        (row.by as readonly string[]).includes(actor) &&
        (row.from as readonly string[]).includes(status),
    );
    // Within the hours of whatever has hours: guests act before the start, people are missed after it.
    const when = action === "no-show" ? at("09:30:00") : at("08:30:00");
    const refusal = whyNot(sampleBooking({ status }), action, actor, when);
    expect(refusal?.includes(status)).toBe(says ? undefined : true);
  });
});

test.each([
  ["cancel", "guest", "08:59:59.999", "09:00:00"],
  ["reschedule", "guest", "08:59:59.999", "09:00:00"],
  ["call-off", "vendor", "09:59:59.999", "10:00:00"],
  ["check-in", "vendor", "09:59:59.999", "10:00:00"],
] as const)("%s by the %s is possible until a moment, and from then on not", (action, actor, last, first) => {
  const booking = sampleBooking({ status: "confirmed" });
  expect(whyNot(booking, action, actor, at(last))).toBeUndefined();
  expect(whyNot(booking, action, actor, at(first))).toBeDefined();
});

test("guests keep what they have had a part of: from the begin of the first of all that is taken along", () => {
  const part = { resourceId: newId("res"), calendarId: 2, resourceTitle: "Court", during: "", quantity: 1 };
  const also = [{ ...part, startsAt: "2027-03-01T08:00:00Z", endsAt: "2027-03-01T08:30:00Z" }];
  const booking = sampleBooking({ status: "confirmed", also });
  for (const action of ["cancel", "reschedule"] as const) {
    expect(whyNot(booking, action, "guest", at("07:59:59.999"))).toBeUndefined();
    expect(whyNot(booking, action, "guest", at("08:00:00"))).toMatch("2027-03-01T08:00:00Z");
  }
});

test("guests are checked in from a day before the start", () => {
  const booking = sampleBooking({ status: "confirmed" });
  expect(
    whyNot(booking, "check-in", "vendor", Temporal.Instant.from("2027-02-28T09:00:00Z")),
  ).toBeUndefined();
  expect(
    whyNot(booking, "check-in", "vendor", Temporal.Instant.from("2027-02-28T08:59:59.999Z")),
  ).toBeDefined();
});

test("a guest is missed once the minutes of the booking's own terms have passed", () => {
  const { policies } = sampleBooking();
  const noShow = { afterMinutes: 40, refundPercent: 0 };
  const booking = sampleBooking({ status: "confirmed", policies: { ...policies, noShow } });
  expect(whyNot(booking, "no-show", "vendor", at("09:39:59.999"))).toBeDefined();
  expect(whyNot(booking, "no-show", "vendor", at("09:40:00"))).toBeUndefined();
});

test("nothing leads on from a booking that is over", () => {
  const over = ["completed", "no-show", "cancelled", "declined"] as const;
  for (const status of over) for (const actor of actors) expect(allowedFrom(status, actor)).toEqual([]);
});
