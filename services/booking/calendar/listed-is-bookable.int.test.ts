import { weekdays } from "@holdfast/contracts/availability-rules";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { zoneTable, type ZoneRow } from "@holdfast/testkit/zones/zone-table";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, type Reply } from "../booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const guest = newCustomer();

interface Time {
  readonly startsAt: string;
  readonly endsAt: string;
}

async function listed(resourceId: string, query: string): Promise<Time[]> {
  const { body } = await world.call("GET", `/v1/resources/${resourceId}/slots?${query}`, null);
  return (body["slots"] as Time[]).map(({ startsAt, endsAt }) => ({ startsAt, endsAt }));
}

async function explained(resourceId: string, { startsAt, endsAt }: Time): Promise<boolean> {
  const query = new URLSearchParams({ startsAt, endsAt }).toString();
  const { body } = await world.call("GET", `/v1/resources/${resourceId}/explain?${query}`, null);
  expect((body["reasons"] as unknown[]).length > 0).toBe(!body["bookable"]);
  return body["bookable"] as boolean;
}

const cancel = ({ body }: Reply) =>
  world.call("POST", `/v1/bookings/${String(body["bookingId"])}/cancel`, guest);

describe("what is listed and what can be booked are the same", () => {
  // A fortnight ahead, whatever day that is: open from the evening before until after midnight, with a pause.
  const day = Temporal.Now.plainDateISO("Europe/Lisbon").add({ days: 14 });
  const everyDay = Object.fromEntries(
    weekdays.map((one) => [
      one,
      [
        { from: "10:10", to: "13:00" },
        { from: "21:30", to: "01:30" },
      ],
    ]),
  );
  const rules: Partial<ResourceRulesInput> = {
    zone: "Europe/Lisbon",
    capacity: 1,
    availability: {
      by: "hours",
      weekly: everyDay,
      granularityMinutes: 30,
      minimumMinutes: 60,
      maximumMinutes: 120,
    },
    bufferAfterMinutes: 15,
  };

  test("each listed slot is taken, freed by cancelling, and listed again; no other start can be had", async () => {
    const resourceId = await world.publish(rules);
    const query = `from=${day.toString()}&to=${day.toString()}&minutes=60`;
    // Somebody has the middle of the evening: 22:30 to 23:30, and a quarter of an hour to clean.
    const evening = day.toZonedDateTime({ timeZone: "Europe/Lisbon", plainTime: "22:30" }).toInstant();
    const mine = { startsAt: evening.toString(), endsAt: evening.add({ hours: 1 }).toString() };
    expect((await world.book(newCustomer(), { resourceId, ...mine })).status).toBe(201);
    const slots = await listed(resourceId, query);
    const starts = slots.map((slot) =>
      Temporal.Instant.from(slot.startsAt).toZonedDateTimeISO("Europe/Lisbon").toPlainTime().toString(),
    );
    // From 21:30 it would still be cleaned at 22:30, and after 23:30 the guests before are being cleaned up after.
    expect(starts).toEqual(["00:00:00", "00:30:00", "10:10:00", "10:40:00", "11:10:00", "11:40:00"]);
    for (const slot of slots) {
      expect(await explained(resourceId, slot)).toBe(true);
      const held = await world.book(guest, { resourceId, ...slot });
      expect(held.status).toBe(201);
      expect(await explained(resourceId, slot)).toBe(false);
      expect((await cancel(held)).status).toBe(200);
      expect(await listed(resourceId, query)).toContainEqual(slot);
    }
    const offered = new Set(slots.map((slot) => slot.startsAt));
    const midnight = day.toZonedDateTime("Europe/Lisbon").toInstant();
    const others = Array.from({ length: 288 }, (_, step) => midnight.add({ minutes: step * 5 }))
      .map((start) => ({ startsAt: start.toString(), endsAt: start.add({ hours: 1 }).toString() }))
      .filter((time) => !offered.has(time.startsAt));
    const answers = await Promise.all(
      others.map(async (time) => ({
        booked: await world.book(guest, { resourceId, ...time }),
        bookable: await explained(resourceId, time),
      })),
    );
    expect(answers.filter(({ bookable }) => bookable)).toEqual([]);
    expect(new Set(answers.map(({ booked }) => booked.body["code"]))).toEqual(
      new Set(["booking/time-not-bookable", "booking/slot-taken"]),
    );
  });
});

describe("through a clock change, what is stored is what was listed, to the instant", () => {
  // The others cannot be booked any more; what is listed and priced in them is tested without a service.
  const future = zoneTable.filter((row) => row.date > Temporal.Now.plainDateISO().toString());
  const priced = { amountMinor: 6000, currency: "EUR" };

  async function stored(resourceId: string): Promise<string[]> {
    const { rows } = await world.sql.query<{ starts: string; ends: string }>(
      `select to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as starts,
         to_char(ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as ends
       from bookings where resource_id = $1 order by starts_at`,
      [resourceId],
    );
    return rows.map(({ starts, ends }) => `${starts} ${ends}`);
  }

  /** Books every slot that is listed; answers with the instants that are then stored. */
  async function bookHours(row: ZoneRow): Promise<string[]> {
    const date = Temporal.PlainDate.from(row.date);
    const resourceId = await world.publish({
      zone: row.zone,
      windowDays: 1100,
      capacity: 2,
      availability: {
        by: "hours",
        weekly: { [weekdays[date.dayOfWeek - 1]!]: [row.open] },
        granularityMinutes: 30,
        minimumMinutes: 60,
        maximumMinutes: 480,
      },
      price: { per: "hour", ...priced },
    });
    const slots = await listed(resourceId, `from=${row.date}&to=${date.add({ days: 1 }).toString()}`);
    for (const slot of slots)
      expect(await world.book(guest, { resourceId, ...slot })).toMatchObject({
        status: 201,
        body: { ...slot, zone: row.zone, total: priced },
      });
    return stored(resourceId);
  }

  /** Books the night around the clock change; answers with what is stored of it. */
  async function bookNight({ zone, date, night }: ZoneRow): Promise<string[]> {
    const resourceId = await world.publish({
      zone,
      windowDays: 1100,
      availability: { by: "nights", checkIn: "15:00", checkOut: "11:00", minimumNights: 1, maximumNights: 3 },
      price: { per: "night", ...priced },
    });
    const from = Temporal.PlainDate.from(date).subtract({ days: 1 }).toString();
    const slots = await listed(resourceId, `from=${from}&to=${date}`);
    const time = { startsAt: night.startsAt, endsAt: night.endsAt };
    expect(slots).toContainEqual(time);
    expect(await world.book(guest, { resourceId, ...time })).toMatchObject({ status: 201, body: time });
    return stored(resourceId);
  }

  test.for(future.map((row) => [`${row.zone} (${row.change})`, row] as const))("%s", async ([, row]) => {
    const hourLater = (start: string) => Temporal.Instant.from(start).add({ hours: 1 }).toString();
    const [hours, night] = await Promise.all([bookHours(row), bookNight(row)]);
    expect(hours).toEqual(row.slots.map((start) => `${start} ${hourLater(start)}`));
    expect(night).toEqual([`${row.night.startsAt} ${row.night.endsAt}`]);
  });
});
