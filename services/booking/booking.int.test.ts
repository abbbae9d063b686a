import { randomUUID } from "node:crypto";
import { bookingDeclined, bookingHeld } from "@holdfast/contracts/events/booking";
import { resourcePublished, resourceRetired } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chairRules, newCustomer, slotAt, BookingWorld } from "./booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

describe("booking a slot", () => {
  test("holds it, announces the hold, and is confirmed once payment has authorised", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const waiting = world.book(
      guest,
      { resourceId, ...slotAt(3), paymentMethod: "pm_card_visa" },
      { prefer: "wait=10" },
    );
    const held = await until("the hold", async () =>
      (await world.tap.collected(bookingHeld)).find((event) => event.data.resourceId === resourceId),
    );
    expect(held.data).toMatchObject({
      total: { amountMinor: 6000, currency: "EUR" },
      paymentMethod: "pm_card_visa",
    });
    await world.answerPayment(held.subject, "authorised");
    const reply = await waiting;
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ bookingId: held.subject, status: "confirmed", version: 2 });
    expect(reply.headers.get("location")).toBe(`/v1/bookings/${held.subject}`);
    const timeline = await world.call("GET", `/v1/bookings/${held.subject}/timeline`, guest);
    expect((timeline.body["entries"] as { what: string }[]).map((entry) => entry.what)).toEqual([
      "held",
      "confirmed",
    ]);
  });

  test("that payment declines is refused with the reason, and the slot is free at once", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const held = await world.book(guest, { resourceId, ...slotAt(3) });
    expect(held.body).toMatchObject({ status: "held" });
    await world.answerPayment(held.body["bookingId"], "declined");
    await until("the refusal", async () => {
      const seen = await world.call("GET", `/v1/bookings/${String(held.body["bookingId"])}`, guest);
      return seen.body["status"] === "declined" && seen.body["reason"] === "payment/card-declined";
    });
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(3) })).status).toBe(201);
    const declined = await world.tap.collected(bookingDeclined, 1);
    expect(declined.some((event) => event.subject === held.body["bookingId"])).toBe(true);
  });

  test("that somebody else holds is refused with how many units are free, and leaves nothing behind", async () => {
    const resourceId = await world.publish({ capacity: 2 });
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(3), quantity: 1 })).status).toBe(201);
    const refused = await world.book(newCustomer(), { resourceId, ...slotAt(3, 1), quantity: 2 });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "booking/slot-taken", free: 1 });
    const rows = await world.sql.query("select 1 from bookings where resource_id = $1", [resourceId]);
    expect(rows.rowCount).toBe(1);
  });

  test("races: of 200 guests for a slot of ten units exactly ten hold it, and nobody hangs", async () => {
    const resourceId = await world.publish({ capacity: 10 });
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => world.book(newCustomer(), { resourceId, ...slotAt(4) })),
    );
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(10);
    expect(replies.filter((reply) => reply.body["code"] === "booking/slot-taken")).toHaveLength(190);
    const units = await world.sql.query<{ unit: number }>(
      "select unit from allocations join calendars using (calendar_id) where resource_id = $1 order by unit",
      [resourceId],
    );
    expect(units.rows.map((row) => row.unit)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

test("units that are free at every moment can be booked, even where no single unit is free throughout", async () => {
  const resourceId = await world.publish({ capacity: 2 });
  const hours = (from: number, to: number) => ({
    startsAt: slotAt(20, 2 * from).startsAt,
    endsAt: slotAt(20, 2 * to).startsAt,
  });
  const [guest, other] = [newCustomer(), newCustomer()];
  const first = await world.book(guest, { resourceId, ...hours(1, 2) });
  // Unit 1 from 2 to 3 and unit 2 from 3 to 4, because each was the lowest that was free.
  await world.book(guest, { resourceId, ...hours(1, 3) });
  await world.call("POST", `/v1/bookings/${String(first.body["bookingId"])}/cancel`, guest);
  await world.book(guest, { resourceId, ...hours(3, 4) });
  const fits = await world.book(other, { resourceId, ...hours(2, 4) });
  expect(fits.status).toBe(201);
  const full = await world.book(other, { resourceId, ...hours(2, 3) });
  expect(full.body).toMatchObject({ code: "booking/slot-taken", free: 0 });
});

describe("the calendar itself", () => {
  test("refuses an overlap when all code above it is bypassed", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const held = await world.book(guest, { resourceId, ...slotAt(5) });
    const copy = newId("bkg");
    await world.sql.query(
      `insert into bookings select ($2::json->>'booking_id'), b.calendar_id, b.resource_id, b.customer_id, b.vendor_id,
        b.resource_title, b.vendor_name, b.zone, b.status, b.reason, b.starts_at, b.ends_at, b.during, b.quantity, b.lines,
        b.total_minor, b.currency, b.cancellation, b.payment_method, b.hold_expires_at, b.keep_minor, b.saga_step,
        b.step_deadline_at, b.parked_at, b.parked_reason, b.version, b.created_at, b.traceparent
       from bookings b where booking_id = $1`,
      [held.body["bookingId"], JSON.stringify({ booking_id: copy })],
    );
    const overlap = world.sql.query(
      `insert into allocations select $2, unit, calendar_id, tstzrange(lower(during) + '30 min', upper(during) + '30 min')
       from allocations where booking_id = $1`,
      [held.body["bookingId"], copy],
    );
    await expect(overlap).rejects.toMatchObject({ code: "23P01", constraint: "allocations_never_overlap" });
    const beside = world.sql.query(
      `insert into allocations select $2, unit, calendar_id, tstzrange(upper(during), upper(during) + '30 min')
       from allocations where booking_id = $1`,
      [held.body["bookingId"], copy],
    );
    expect((await beside).rowCount).toBe(1);
  });

  test("never lets its timeline be rewritten", async () => {
    const change = world.sql.query("update timeline set what = 'confirmed'");
    await expect(change).rejects.toThrow("append-only");
  });
});

describe("an Idempotency-Key", () => {
  test("sent twice makes one booking and says so the second time", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const key = { "idempotency-key": randomUUID() };
    const first = await world.book(guest, { resourceId, ...slotAt(6) }, key);
    const second = await world.book(guest, { resourceId, ...slotAt(6) }, key);
    expect(second.body["bookingId"]).toBe(first.body["bookingId"]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
  });

  test("sent at once by twenty requests makes one booking", async () => {
    const [resourceId, guest] = [await world.publish({ capacity: 50 }), newCustomer()];
    const key = { "idempotency-key": randomUUID() };
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => world.book(guest, { resourceId, ...slotAt(6) }, key)),
    );
    const made = new Set(
      replies.filter((reply) => reply.status === 201).map((reply) => reply.body["bookingId"]),
    );
    expect(made.size).toBe(1);
    const refused = replies.filter((reply) => reply.status !== 201).map((reply) => reply.body["code"]);
    expect(new Set(["request/idempotency-key-in-flight", ...refused]).size).toBe(1);
    const rows = await world.sql.query("select 1 from bookings where customer_id = $1", [guest.userId]);
    expect(rows.rowCount).toBe(1);
  });

  test("reused for something else is refused", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const key = { "idempotency-key": randomUUID() };
    await world.book(guest, { resourceId, ...slotAt(6) }, key);
    expect((await world.book(guest, { resourceId, ...slotAt(7) }, key)).body["code"]).toBe(
      "request/idempotency-key-reused",
    );
  });
});

test("a unit that is free only in pieces is refused where the bookings around it hang together without an end", async () => {
  const resourceId = await world.publish({ capacity: 2 });
  const first = await world.book(newCustomer(), { resourceId, ...slotAt(3) });
  // From 01:00 on each half hour begins a booking of an hour, on alternating units, for three days.
  await world.sql.query(
    `with copies as (
      insert into bookings select (json_populate_record(b, json_build_object(
          'booking_id', 'bkg_' || lpad(n::text, 26, '0'), 'during', tstzrange(s.at, s.at + interval '1 hour')))).*
        from bookings b, generate_series(2, 145) n, lateral (select b.starts_at + n * interval '30 minutes') s(at)
        where b.booking_id = $1 returning booking_id, calendar_id, during)
    insert into allocations (booking_id, unit, calendar_id, during)
      select booking_id, 2 - right(booking_id, 3)::int % 2, calendar_id, during from copies`,
    [first.body["bookingId"]],
  );
  const between = await world.book(newCustomer(), { resourceId, ...slotAt(3, 1) });
  expect([between.status, between.body["code"]]).toEqual([409, "booking/slot-taken"]);
});

describe("what cannot be booked", () => {
  test.each([
    [
      "a resource nobody published",
      { resourceId: newId("res") },
      404,
      "booking/resource-not-bookable",
      undefined,
    ],
    ["an end before the start", { endsAt: slotAt(2).startsAt }, 400, "request/invalid", "endsAt"],
    [
      "a time off the grid",
      { startsAt: "2027-01-04T10:10:00Z", endsAt: "2027-01-04T11:10:00Z" },
      422,
      "booking/time-not-bookable",
      "startsAt",
    ],
    [
      "the year 9999",
      { startsAt: "9999-01-04T10:00:00Z", endsAt: "9999-01-04T11:00:00Z" },
      400,
      "request/invalid",
      "startsAt",
    ],
    ["no unit at all", { quantity: 0 }, 400, "request/invalid", "quantity"],
    ["a price of one's own", { total: 1 }, 400, "request/invalid", "total"],
  ])("is refused: %s", async (_, wrong, status, code, field) => {
    const resourceId = await world.publish();
    const reply = await world.book(newCustomer(), { resourceId, ...slotAt(3), ...wrong });
    expect([reply.status, reply.body["code"]]).toEqual([status, code]);
    const fields = (reply.body["errors"] as { field: string }[] | undefined)?.map((error) => error.field);
    expect(fields?.[0]).toBe(field);
  });

  test("is refused: a resource that was retired", async () => {
    const resourceId = await world.publish();
    await world.tap.emit(resourceRetired, {
      subject: resourceId,
      version: 2,
      data: { resourceId, version: 2 },
    });
    await until("the retirement", async () => {
      const reply = await world.call(
        "GET",
        `/v1/resources/${resourceId}/slots?from=2027-01-04&to=2027-01-04`,
        null,
      );
      return reply.status === 404;
    });
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(3) })).body["code"]).toBe(
      "booking/resource-not-bookable",
    );
  });

  test("is refused: a resource whose retirement arrived before its publication", async () => {
    const resourceId = newId("res");
    const isTaken = async (eventId: string) =>
      (await world.sql.query("select from inbox where event_id = $1", [eventId])).rowCount === 1;
    const retired = await world.tap.emit(resourceRetired, {
      subject: resourceId,
      version: 2,
      data: { resourceId, version: 2 },
    });
    await until("the retirement", () => isTaken(retired));
    const published = await world.tap.emit(resourcePublished, {
      subject: resourceId,
      version: 1,
      data: { resourceId, vendorId: newId("vnd"), vendorName: "Salon", version: 1, rules: chairRules },
    });
    await until("the publication", () => isTaken(published));
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(3) })).body["code"]).toBe(
      "booking/resource-not-bookable",
    );
  });
});
