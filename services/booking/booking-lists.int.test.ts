import { bookingCancelled, bookingConfirmed } from "@holdfast/contracts/events/booking";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCustomer, slotAt, BookingWorld } from "./booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

describe("slots", () => {
  test("that are listed can all be booked, and are then no longer listed", async () => {
    const resourceId = await world.publish({
      availability: {
        by: "hours",
        weekly: chairHours,
        granularityMinutes: 30,
        minimumMinutes: 60,
        maximumMinutes: 60,
      },
    });
    const day = slotAt(8).startsAt;
    const date = Temporal.Instant.from(day).toZonedDateTimeISO("Europe/Lisbon").toPlainDate().toString();
    const list = async () => {
      const reply = await world.call(
        "GET",
        `/v1/resources/${resourceId}/slots?from=${date}&to=${date}`,
        null,
      );
      return reply.body["slots"] as { startsAt: string; endsAt: string }[];
    };
    const offered = await list();
    expect(offered).toHaveLength(5);
    const nextFree = async () => (await list())[0];
    let booked = 0;
    for (let slot = await nextFree(); slot; slot = await nextFree()) {
      const reply = await world.book(newCustomer(), {
        resourceId,
        startsAt: slot.startsAt,
        endsAt: slot.endsAt,
      });
      expect(reply.status).toBe(201);
      booked++;
    }
    expect(booked).toBe(3);
  });

  test("of more than 62 days are not listed in one go", async () => {
    const resourceId = await world.publish();
    const reply = await world.call(
      "GET",
      `/v1/resources/${resourceId}/slots?from=2027-01-01&to=2027-03-04`,
      null,
    );
    expect([reply.status, reply.body["code"]]).toEqual([400, "booking/window-too-long"]);
  });
});

/** 09:00 to 12:00 every day. */
const chairHours = Object.fromEntries(
  ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, [{ from: "09:00", to: "12:00" }]]),
);

test("a booking that waited for its calendar is decided by the rules as they then are", async () => {
  const resourceId = await world.publish();
  const vendor = await world.sql.connect();
  await vendor.query("begin");
  await vendor.query("select from calendars where resource_id = $1 for update", [resourceId]);
  await vendor.query("update resources set bookable = false where resource_id = $1", [resourceId]);
  const asked = world.book(newCustomer(), { resourceId, ...slotAt(15) });
  await until("the booking to wait for the calendar", async () => {
    const waiting = await world.sql.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
    return waiting.rowCount === 1;
  });
  await vendor.query("commit");
  vendor.release();
  expect((await asked).body["code"]).toBe("booking/resource-not-bookable");
});

describe("a quote", () => {
  test("is what the booking made with it costs, and is for its guest and its time only", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const quote = await world.call("POST", "/v1/quotes", guest, { resourceId, ...slotAt(9) });
    expect(quote.status).toBe(201);
    const quoteId = quote.body["quoteId"];
    const other = await world.book(newCustomer(), { resourceId, ...slotAt(9), quoteId });
    expect(other.body["code"]).toBe("booking/quote-not-usable");
    const elsewhere = await world.book(guest, { resourceId, ...slotAt(10), quoteId });
    expect(elsewhere.body["code"]).toBe("booking/quote-not-usable");
    const booked = await world.book(guest, { resourceId, ...slotAt(9), quoteId });
    expect(booked.body["total"]).toEqual(quote.body["total"]);
  });
});

describe("a guest's bookings", () => {
  test("are theirs alone, and are listed newest first by pages", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const made: unknown[] = [];
    for (const day of [11, 12, 13])
      made.unshift((await world.book(guest, { resourceId, ...slotAt(day) })).body["bookingId"]);
    const first = await world.call("GET", "/v1/bookings?limit=2", guest);
    const second = await world.call("GET", `/v1/bookings?limit=2&after=${String(first.body["next"])}`, guest);
    const ids = [first, second].flatMap((page) =>
      (page.body["items"] as { bookingId: string }[]).map((one) => one.bookingId),
    );
    expect(ids).toEqual(made);
    expect(second.body["next"]).toBeNull();
    const stranger = await world.call("GET", `/v1/bookings/${String(made[0])}`, newCustomer());
    expect([stranger.status, stranger.body["code"]]).toEqual([404, "booking/not-found"]);
    const cancelled = await world.call("POST", `/v1/bookings/${String(made[0])}/cancel`, newCustomer());
    expect(cancelled.status).toBe(404);
    const forged = await world.call("GET", "/v1/bookings?after=Zm9yZ2Vk", guest);
    expect(forged.body["code"]).toBe("request/invalid");
  });
});

describe("cancelling", () => {
  test("frees the slot at once and announces what is to be given back", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const held = await world.book(guest, { resourceId, ...slotAt(14) });
    const bookingId = String(held.body["bookingId"]);
    await world.answerPayment(bookingId, "authorised");
    await until("the confirmation", async () =>
      (await world.tap.collected(bookingConfirmed)).some((event) => event.subject === bookingId),
    );
    const cancelled = await world.call("POST", `/v1/bookings/${bookingId}/cancel`, guest);
    expect(cancelled.body).toMatchObject({
      status: "cancelled",
      refund: { amountMinor: 6000, currency: "EUR" },
    });
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(14) })).status).toBe(201);
    const again = await world.call("POST", `/v1/bookings/${bookingId}/cancel`, guest);
    expect([again.status, again.body["status"]]).toEqual([200, "cancelled"]);
    const announced = await until("the event", async () =>
      (await world.tap.collected(bookingCancelled)).find((event) => event.subject === bookingId),
    );
    expect(announced.data).toMatchObject({ wasConfirmed: true, keepMinor: 0, refundMinor: 6000 });
  });
});
