import { newId, type Id } from "@holdfast/contracts/ids";
import type { BlockingReason } from "@holdfast/contracts/api/explain";
import { vendorSuspended } from "@holdfast/contracts/events/catalog";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt } from "../booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

interface Explained {
  readonly bookable: boolean;
  readonly free: number;
  readonly capacity: number;
  readonly reasons: BlockingReason[];
}

async function explain(
  resourceId: string,
  time: { readonly startsAt: string; readonly endsAt: string },
  others: Record<string, string> = {},
): Promise<Explained> {
  const query = new URLSearchParams({ ...time, ...others }).toString();
  const { status, body } = await world.call("GET", `/v1/resources/${resourceId}/explain?${query}`, null);
  expect(status).toBe(200);
  return body as unknown as Explained;
}

const takenBy = ({ reasons }: Explained) =>
  reasons.filter((one) => one.code === "taken").map(({ detail }) => detail);

/** A block as its vendor, or a feed, would have set it. */
async function block(
  resourceId: string,
  time: { readonly startsAt: string; readonly endsAt: string },
  from: "person" | "feed",
): Promise<void> {
  const blockId = newId("blk");
  const feedId = from === "feed" ? newId("fed") : null;
  await world.sql.query(
    `with c as (select calendar_id from calendars where resource_id = $1),
      f as (insert into feeds (feed_id, calendar_id, url, stale_after_minutes, when_stale, due_at, created_at)
        select $2, calendar_id, 'https://calendars.example/a.ics', 60, 'keep', 'infinity', now()
        from c where $2::text is not null)
     insert into blocks (block_id, calendar_id, feed_id, starts_at, ends_at, quantity, reason, created_at)
       select $3, calendar_id, null, $4, $5, 1, '', now() from c`,
    [resourceId, feedId, blockId, time.startsAt, time.endsAt],
  );
  await world.sql.query("update blocks set feed_id = $2 where block_id = $1", [blockId, feedId]);
  await world.sql.query(
    `insert into allocations (block_id, unit, calendar_id, during)
     select $2, 1 + (select count(*) from allocations a where a.calendar_id = c.calendar_id), calendar_id,
       tstzrange($3, $4) from calendars c where resource_id = $1`,
    [resourceId, blockId, time.startsAt, time.endsAt],
  );
}

describe("a time that is taken", () => {
  test("is explained by each kind of what takes it, with the units of each stretch, and never by whom", async () => {
    const resourceId = await world.publish({ capacity: 5, bufferAfterMinutes: 15 });
    const [time, guest] = [slotAt(3), newCustomer()];
    const later = (minutes: number) => Temporal.Instant.from(time.endsAt).add({ minutes }).toString();
    const booked = await world.book(guest, { resourceId, ...time, quantity: 2 });
    await world.answerPayment(booked.body["bookingId"], "authorised");
    await until("the booking to be confirmed", async () => {
      const { body } = await world.call("GET", `/v1/bookings/${String(booked.body["bookingId"])}`, guest);
      return body["status"] === "confirmed";
    });
    expect((await world.book(newCustomer(), { resourceId, ...time })).status).toBe(201);
    await block(resourceId, time, "person");
    expect(await explain(resourceId, time)).toEqual({ bookable: true, free: 1, capacity: 5, reasons: [] });
    await block(resourceId, time, "feed");
    const explained = await explain(resourceId, time);
    expect(explained).toMatchObject({ bookable: false, free: 0, capacity: 5 });
    expect(takenBy(explained)).toEqual(
      expect.arrayContaining([
        { from: time.startsAt, to: later(15), units: 2, by: "booking" },
        { from: time.startsAt, to: later(15), units: 1, by: "hold" },
        { from: time.startsAt, to: time.endsAt, units: 1, by: "block" },
        { from: time.startsAt, to: time.endsAt, units: 1, by: "feed" },
      ]),
    );
    expect(explained.reasons).toHaveLength(4);
    expect(JSON.stringify(explained)).not.toMatch(/(bkg|blk|usr|fed)_/);
    // Two units are short where the booking and the hold are still cleaned up after, one is not.
    const after = { startsAt: time.endsAt, endsAt: later(60) };
    expect(await explain(resourceId, after, { quantity: "2" })).toMatchObject({ bookable: true, free: 2 });
    expect(takenBy(await explain(resourceId, after, { quantity: "3" }))).toHaveLength(2);
  });

  test("is bookable the moment it is cancelled", async () => {
    const [resourceId, guest, time] = [await world.publish(), newCustomer(), slotAt(3)];
    const { body } = await world.book(guest, { resourceId, ...time });
    expect(await explain(resourceId, time)).toMatchObject({ bookable: false, free: 0 });
    await world.call("POST", `/v1/bookings/${String(body["bookingId"])}/cancel`, guest);
    expect(await explain(resourceId, time)).toMatchObject({ bookable: true, free: 1 });
  });
});

describe("a time the rules do not allow", () => {
  const today = Temporal.Now.plainDateISO("UTC");
  const monday = today.add({ days: 36 - today.dayOfWeek });
  const dateAfter = (days: number) => monday.add({ days }).toString();
  const at = (time: string, date = dateAfter(0)) => `${date}T${time}:00Z`;
  const codes = (explained: Explained) => explained.reasons.map(({ code }) => code);

  test("is explained by every rule it breaks, with what would keep to it", async () => {
    const resourceId = await world.publish({
      zone: "UTC",
      windowDays: 1100,
      peoplePerUnit: 2,
      availability: {
        by: "hours",
        weekly: { mon: [{ from: "09:00", to: "12:00" }] },
        granularityMinutes: 30,
        minimumMinutes: 60,
        maximumMinutes: 120,
      },
      closures: [{ from: dateAfter(7), to: dateAfter(7), reason: "Painting" }],
    });
    const asked = { startsAt: at("09:10"), endsAt: at("09:50") };
    const odd = await explain(resourceId, asked, { quantity: "2", people: "5" });
    expect(odd.bookable).toBe(false);
    expect(odd.reasons.map(({ code, detail }) => ({ code, detail }))).toEqual([
      { code: "too-short", detail: { minimumMinutes: 60, maximumMinutes: 120 } },
      { code: "length-off-grid", detail: { granularityMinutes: 30, nearestMinutes: [60] } },
      { code: "start-off-grid", detail: { granularityMinutes: 30, nearest: [at("09:00"), at("09:30")] } },
      { code: "too-many-people", detail: { people: 5, peopleAtMost: 4 } },
      { code: "too-many-units", detail: { quantity: 2, capacity: 1 } },
    ]);
    const evening = await explain(resourceId, { startsAt: at("19:00"), endsAt: at("20:00") });
    expect(evening.reasons[0]).toMatchObject({
      code: "closed",
      detail: {
        dates: [
          {
            date: dateAfter(0),
            hours: [{ from: "09:00", to: "12:00" }],
            open: [{ from: at("09:00"), to: at("12:00") }],
            closure: null,
          },
        ],
      },
    });
    const painted = { startsAt: at("09:00", dateAfter(7)), endsAt: at("10:00", dateAfter(7)) };
    expect((await explain(resourceId, painted)).reasons[0]?.detail).toMatchObject({
      dates: [{ date: dateAfter(7), open: [], closure: { by: "closure", reason: "Painting" } }],
    });
  });

  test("names the holiday, the notice and the end of the window", async () => {
    const resourceId = await world.publish({
      zone: "Europe/Lisbon",
      holidays: { country: "PT" },
      noticeMinutes: 600,
      windowDays: 10,
    });
    const year = Temporal.Now.plainDateISO().year + 1;
    const christmas = await explain(resourceId, {
      startsAt: at("10:00", `${year}-12-25`),
      endsAt: at("11:00", `${year}-12-25`),
    });
    expect(codes(christmas)).toEqual(["beyond-window", "closed"]);
    expect(christmas.reasons[1]?.detail).toMatchObject({
      dates: [{ closure: { by: "holiday", reason: "Christmas Day" } }],
    });
    const soon = Temporal.Now.instant().add({ minutes: 5 });
    const early = { startsAt: soon.toString(), endsAt: soon.add({ hours: 1 }).toString() };
    expect((await explain(resourceId, early)).reasons[0]).toMatchObject({
      code: "notice-too-short",
      detail: { noticeMinutes: 600 },
    });
  });

  test("names the nights that are closed, and the days on which nobody arrives or departs", async () => {
    const resourceId = await world.publish({
      zone: "UTC",
      windowDays: 1100,
      availability: {
        by: "nights",
        checkIn: "15:00",
        checkOut: "11:00",
        minimumNights: 1,
        maximumNights: 7,
        noArrivalOn: ["mon"],
        noDepartureOn: ["thu"],
      },
      price: { per: "night", amountMinor: 100, currency: "EUR" },
      closedOn: [dateAfter(2)],
    });
    const stay = await explain(resourceId, { startsAt: at("15:00"), endsAt: at("11:00", dateAfter(3)) });
    expect(stay.reasons.map(({ code, detail }) => ({ code, detail }))).toEqual([
      { code: "no-arrival", detail: { date: dateAfter(0), weekday: "mon", noArrivalOn: ["mon"] } },
      { code: "no-departure", detail: { date: dateAfter(3), weekday: "thu", noDepartureOn: ["thu"] } },
      { code: "closed", detail: { dates: [{ date: dateAfter(2), closure: { by: "date", reason: "" } }] } },
    ]);
  });
});

describe("a resource that takes no bookings", () => {
  test("says so for a suspended vendor and for a calendar that could not be read in time", async () => {
    const vendorId: Id<"vnd"> = newId("vnd");
    const resourceId = await world.publish({}, vendorId);
    await world.sql.query("update calendars set stale_at = now() where resource_id = $1", [resourceId]);
    const stale = await explain(resourceId, slotAt(3));
    expect(stale.reasons).toEqual([
      expect.objectContaining({ code: "resource-not-bookable", detail: { because: "feed-stale" } }),
    ]);
    await world.tap.emit(vendorSuspended, {
      subject: vendorId,
      version: 3,
      data: { vendorId, ownerId: newId("usr"), name: "Salon", reason: "Complaints" },
    });
    await until(
      "the vendor to be suspended",
      async () => (await explain(resourceId, slotAt(3))).reasons.length === 2,
    );
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(3) })).body["code"]).toBe(
      "booking/resource-not-bookable",
    );
  });

  test("that was never published is not found", async () => {
    const query = new URLSearchParams(slotAt(3)).toString();
    const { body } = await world.call("GET", `/v1/resources/${newId("res")}/explain?${query}`, null);
    expect(body["code"]).toBe("booking/resource-not-bookable");
  });
});
