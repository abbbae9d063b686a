import type { BookingFacts } from "@holdfast/contracts/events/booking";
import { newId } from "@holdfast/contracts/ids";
import ICAL from "ical.js";
import { expect, test } from "vitest";
import { someBooking } from "./booking-facts.fixture.ts";
import { calendarFile, type CalendarOptions } from "./calendar-file.ts";

const ordinary: CalendarOptions = {
  kind: "publish",
  sequence: 2,
  stamp: "2026-11-01T10:00:00.123Z",
  sender: { name: "Holdfast", address: "bookings@holdfast.example" },
  publicUrl: "https://book.example/",
};

function eventsOf(booking: BookingFacts, options: CalendarOptions) {
  const calendar = new ICAL.Component(ICAL.parse(calendarFile(booking, options).text) as unknown[]);
  return calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
}

function read(booking: BookingFacts, changes: Partial<CalendarOptions> = {}) {
  const { text } = calendarFile(booking, { ...ordinary, ...changes });
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const [only, ...others] = calendar.getAllSubcomponents("vevent");
  expect(others).toEqual([]);
  return { text, method: calendar.getFirstPropertyValue("method"), event: new ICAL.Event(only) };
}

const instantOf = (time: { toUnixTime(): number }) =>
  Temporal.Instant.fromEpochMilliseconds(time.toUnixTime() * 1_000).toString();

test.for([
  ["winter", "2026-12-01T15:00:00Z", "2026-12-01T16:00:00Z", "Europe/Lisbon"],
  ["summer", "2026-07-01T23:30:00Z", "2026-07-02T00:30:00Z", "America/New_York"],
  ["the hour that comes twice", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "Europe/Berlin"],
] as const)("a calendar reads the very instants of the booking: %s", ([, startsAt, endsAt, zone]) => {
  const { event } = read(someBooking({ startsAt, endsAt, zone }));
  expect(instantOf(event.startDate)).toBe(startsAt);
  expect(instantOf(event.endDate)).toBe(endsAt);
});

test("names the wall-clock time and the zone to whoever opens it", () => {
  const booking = someBooking();
  expect(read(booking).event.description).toBe(
    "Tuesday 1 December 2026, 15:00–16:00 (Western European Standard Time, Europe/Lisbon)\n" +
      `Booking ${booking.bookingId}`,
  );
});

test("a cancellation finds the event it cancels, and outranks it", () => {
  const booking = someBooking();
  const published = read(booking);
  const cancelled = read(booking, { kind: "cancel", sequence: 3, stamp: "2026-11-02T10:00:00Z" });
  expect(published.method).toBe("PUBLISH");
  expect(cancelled.method).toBe("CANCEL");
  expect(cancelled.event.uid).toBe(published.event.uid);
  expect(cancelled.event.sequence).toBeGreaterThan(published.event.sequence);
  expect(published.event.component.getFirstPropertyValue("status")).toBe("CONFIRMED");
  expect(cancelled.event.component.getFirstPropertyValue("status")).toBe("CANCELLED");
});

test("what is taken along is in the same event, or in one of its own where its time is another", () => {
  const also = [
    { startsAt: "2026-12-01T15:00:00Z", endsAt: "2026-12-01T16:00:00Z", resourceTitle: "Mirror" },
    { startsAt: "2026-12-01T16:00:00Z", endsAt: "2026-12-01T17:30:00Z", resourceTitle: "Sauna" },
  ].map((part) => ({ ...part, resourceId: newId("res"), quantity: 1 }));
  const booking = someBooking({ also });
  const events = eventsOf(booking, ordinary);
  expect(events.map((event) => [event.uid, event.summary, instantOf(event.startDate)])).toEqual([
    [`${booking.bookingId}@holdfast`, "Chair by the window", "2026-12-01T15:00:00Z"],
    [`${booking.bookingId}-2@holdfast`, "Sauna", "2026-12-01T16:00:00Z"],
  ]);
  expect(events[0]?.description).toContain("With Mirror");
  const cancelled = eventsOf(booking, { ...ordinary, kind: "cancel", sequence: 3 });
  expect(cancelled.map((event) => event.uid)).toEqual(events.map((event) => event.uid));
});

test("two bookings are two events", () => {
  expect(read(someBooking()).event.uid).not.toBe(read(someBooking()).event.uid);
});

test.for([
  "Room 4; sea view, balcony",
  "Court \\ one",
  "A title\nwith a line of its own\r\nand another",
  "END:VEVENT\r\nBEGIN:VEVENT",
  'Said "quietly": ok',
])("keeps a title as it is: %j", (resourceTitle) => {
  const { event } = read(someBooking({ resourceTitle }));
  expect(event.summary).toBe(resourceTitle.replaceAll("\r\n", "\n"));
});

test("a vendor's name cannot become a line of the file", () => {
  const { event, text } = read(someBooking({ vendorName: 'Sal"on: a; b,\r\nATTENDEE:mailto:x@example.com' }));
  expect(text).not.toMatch(/^ATTENDEE/m);
  expect(event.organizer).toBe("mailto:bookings@holdfast.example");
});

test("no line is longer than 75 octets, however many bytes its letters take", () => {
  const { text, event } = read(someBooking({ resourceTitle: "✓ 予約 😀 ".repeat(40).trim() }));
  const longest = Math.max(...text.split("\r\n").map((line) => Buffer.byteLength(line)));
  expect(longest).toBeLessThanOrEqual(75);
  expect(event.summary).toBe("✓ 予約 😀 ".repeat(40).trim());
});

test("is the same to the letter when it is made again, and names no guest", () => {
  const booking = someBooking();
  expect(read(booking).text).toBe(read(booking).text);
  expect(read(booking).text).not.toContain(booking.customerId);
});
