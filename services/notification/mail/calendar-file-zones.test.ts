import { zoneTable } from "@holdfast/testkit/zones/zone-table";
import { expect, test } from "vitest";
import { someBooking } from "./booking-facts.fixture.ts";
import { calendarFile } from "./calendar-file.ts";

/** `20270404T150000Z`: the form with `Z` is the only one that names an instant without a zone's rules beside it. */
const basic = (instant: string) => instant.replaceAll(/[-:]/g, "");

const linesOf = (time: { startsAt: string; endsAt: string; zone: string }) =>
  calendarFile(someBooking(time), {
    kind: "publish",
    sequence: 2,
    stamp: "2026-11-01T10:00:00Z",
    sender: { name: "Holdfast", address: "bookings@holdfast.example" },
    publicUrl: undefined,
  }).text.split("\r\n");

test.for(zoneTable.map((row) => [`${row.zone} (${row.change})`, row] as const))(
  "the calendar file has the very instants of every slot and night: %s",
  ([, { zone, slots, night }]) => {
    const hours = slots.map((startsAt) => ({
      startsAt,
      endsAt: Temporal.Instant.from(startsAt).add({ hours: 1 }).toString(),
    }));
    for (const time of [...hours, night]) {
      const lines = linesOf({ ...time, zone });
      expect(lines).toContain(`DTSTART:${basic(time.startsAt)}`);
      expect(lines).toContain(`DTEND:${basic(time.endsAt)}`);
    }
  },
);
