import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Caller } from "./booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const create = (as: Caller, sent: object, key: string = randomUUID()) =>
  world.call("POST", "/v1/booking-series", as, sent, { "idempotency-key": key });

interface Occurrence {
  readonly startsAt: string;
  readonly booking: { readonly bookingId: string; readonly status: string; readonly seriesId: string } | null;
  readonly problem: { readonly code: string; readonly status: number } | null;
}
const occurrencesOf = (body: Record<string, unknown>) => body["occurrences"] as Occurrence[];

async function bookingsOf(guest: Caller): Promise<{ series_id: string; starts_at: Date }[]> {
  const found = await world.sql.query<{ series_id: string; starts_at: Date }>(
    "select series_id, starts_at from bookings where customer_id = $1 order by starts_at",
    [guest.userId],
  );
  return found.rows;
}

const daily = (count: number) => `FREQ=DAILY;COUNT=${count}`;

describe("a series", () => {
  test("is one booking an occurrence, each with its own payment, found by its id and among the guest's bookings", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const reply = await create(guest, {
      resourceId,
      ...slotAt(3),
      rrule: daily(3),
      exclude: [slotAt(4).startsAt.slice(0, 10)],
    });
    expect(reply.status).toBe(201);
    const occurrences = occurrencesOf(reply.body);
    expect(occurrences.map((one) => one.startsAt)).toEqual([slotAt(3).startsAt, slotAt(5).startsAt]);
    expect(occurrences.every((one) => one.booking?.status === "held" && one.problem === null)).toBe(true);
    expect(new Set(occurrences.map((one) => one.booking?.seriesId))).toEqual(
      new Set([reply.body["seriesId"]]),
    );
    const path = `/v1/booking-series/${String(reply.body["seriesId"])}`;
    expect(reply.headers.get("location")).toBe(path);
    expect((await world.call("GET", path, guest)).body).toEqual(reply.body);
    const stranger = await world.call("GET", path, newCustomer());
    expect([stranger.status, stranger.body["code"]]).toEqual([404, "booking/series-not-found"]);
    await world.answerPayment(occurrences[0]!.booking!.bookingId, "declined");
    await until("the first to be declined", async () => {
      const { body } = await world.call("GET", path, guest);
      return occurrencesOf(body)[0]!.booking!.status === "declined";
    });
    expect(occurrencesOf((await world.call("GET", path, guest)).body)[1]!.booking!.status).toBe("held");
  });

  test("that may have no gap is refused with every occurrence that cannot be booked, and leaves no row", async () => {
    const [resourceId, guest] = [
      await world.publish({ closedOn: [slotAt(5).startsAt.slice(0, 10)] }),
      newCustomer(),
    ];
    for (const day of [6, 12])
      expect((await world.book(newCustomer(), { resourceId, ...slotAt(day) })).status).toBe(201);
    const reply = await create(guest, { resourceId, ...slotAt(4), rrule: daily(9) });
    expect([reply.status, reply.body["code"]]).toEqual([409, "booking/series-conflict"]);
    expect(occurrencesOf(reply.body).map((one) => [one.startsAt, one.problem?.code])).toEqual([
      [slotAt(5).startsAt, "booking/time-not-bookable"],
      [slotAt(6).startsAt, "booking/slot-taken"],
      [slotAt(12).startsAt, "booking/slot-taken"],
    ]);
    expect(await bookingsOf(guest)).toEqual([]);
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(4) })).status).toBe(201);
  });

  test("that may have gaps books what it can, and says why for the others", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    await world.book(newCustomer(), { resourceId, ...slotAt(5) });
    const asked = { resourceId, ...slotAt(4), rrule: daily(3), onConflict: "skip" };
    const reply = await create(guest, asked);
    expect(reply.status).toBe(201);
    expect(occurrencesOf(reply.body).map((one) => one.booking?.status ?? one.problem?.code)).toEqual([
      "held",
      "booking/slot-taken",
      "held",
    ]);
    expect((await bookingsOf(guest)).map((row) => row.series_id)).toEqual([
      reply.body["seriesId"],
      reply.body["seriesId"],
    ]);
    const none = await create(newCustomer(), asked);
    expect([none.status, occurrencesOf(none.body).length]).toEqual([409, 3]);
  });

  test("sees its own occurrences: two that overlap do not both fit one unit, and do fit two", async () => {
    // By the hour, two hours long.
    const asked = { startsAt: slotAt(4).startsAt, endsAt: slotAt(4, 2).endsAt, rrule: "FREQ=HOURLY;COUNT=3" };
    const one = await create(newCustomer(), {
      resourceId: await world.publish(),
      ...asked,
      onConflict: "skip",
    });
    expect(occurrencesOf(one.body).map((each) => each.booking !== null)).toEqual([true, false, true]);
    const two = await create(newCustomer(), { resourceId: await world.publish({ capacity: 2 }), ...asked });
    expect(two.status).toBe(201);
  });

  test("is dealt units anew where labels alone stand in the way of one occurrence", async () => {
    const [resourceId, guest] = [await world.publish({ capacity: 2 }), newCustomer()];
    const hours = (from: number, to: number) => ({
      startsAt: slotAt(20, 2 * from).startsAt,
      endsAt: slotAt(20, 2 * to).startsAt,
    });
    const first = await world.book(guest, { resourceId, ...hours(1, 2) });
    await world.book(guest, { resourceId, ...hours(1, 3) });
    await world.call("POST", `/v1/bookings/${String(first.body["bookingId"])}/cancel`, guest);
    await world.book(guest, { resourceId, ...hours(3, 4) });
    const before = { startsAt: slotAt(19, 4).startsAt, endsAt: slotAt(19, 8).startsAt };
    expect((await create(newCustomer(), { resourceId, ...before, rrule: daily(3) })).status).toBe(201);
  });

  test("sent twice under one key is taken once, and answered the same", async () => {
    const [resourceId, guest, key] = [await world.publish(), newCustomer(), randomUUID()];
    const asked = { resourceId, ...slotAt(3), rrule: daily(2) };
    const first = await create(guest, asked, key);
    await world.answerPayment(occurrencesOf(first.body)[0]!.booking!.bookingId, "declined");
    const again = await create(guest, asked, key);
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
    expect(await bookingsOf(guest)).toHaveLength(2);
    expect((await create(guest, { ...asked, rrule: daily(3) }, key)).body["code"]).toBe(
      "request/idempotency-key-reused",
    );
  });

  test("raced for is taken whole by one guest", async () => {
    const resourceId = await world.publish();
    const asked = { resourceId, ...slotAt(3), rrule: daily(20) };
    const guests = Array.from({ length: 10 }, newCustomer);
    const replies = await Promise.all(guests.map((guest) => create(guest, asked)));
    expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    const rows = await world.sql.query("select 1 from bookings where resource_id = $1", [resourceId]);
    expect(rows.rowCount).toBe(20);
  });

  test("is cancelled with everything that is still ahead, once", async () => {
    const [resourceId, guest] = [await world.publish(), newCustomer()];
    const { body } = await create(guest, { resourceId, ...slotAt(3), rrule: daily(3) });
    const path = `/v1/booking-series/${String(body["seriesId"])}/cancel`;
    expect((await world.call("POST", path, newCustomer())).status).toBe(404);
    const cancelled = await world.call("POST", path, guest);
    expect(occurrencesOf(cancelled.body).map((one) => one.booking?.status)).toEqual([
      "cancelled",
      "cancelled",
      "cancelled",
    ]);
    expect((await world.call("POST", path, guest)).body).toEqual(cancelled.body);
    expect((await create(newCustomer(), { resourceId, ...slotAt(3), rrule: daily(3) })).status).toBe(201);
  });
});

describe("what is no series is refused", () => {
  test.each([
    ["an endless rule", { rrule: "FREQ=DAILY" }, 422, "booking/rrule-not-usable", "rrule"],
    ["a rule by the minute", { rrule: "FREQ=MINUTELY;COUNT=3" }, 422, "booking/rrule-not-usable", "rrule"],
    ["nonsense", { rrule: "every monday" }, 422, "booking/rrule-not-usable", "rrule"],
    ["no rule", { rrule: "" }, 400, "request/invalid", "rrule"],
    ["a quote", { quoteId: newId("qte") }, 400, "request/invalid", "quoteId"],
    ["a date that is none", { exclude: ["2027-02-30"] }, 400, "request/invalid", "exclude.0"],
    [
      "a resource nobody published",
      { resourceId: newId("res") },
      404,
      "booking/resource-not-bookable",
      undefined,
    ],
  ])("%s", async (_, wrong, status, code, field) => {
    const guest = newCustomer();
    const reply = await create(guest, {
      resourceId: await world.publish(),
      ...slotAt(3),
      rrule: daily(2),
      ...wrong,
    });
    expect([reply.status, reply.body["code"]]).toEqual([status, code]);
    const errors = reply.body["errors"] as { field: string }[] | undefined;
    expect(errors?.[0]?.field).toBe(field);
    expect(await bookingsOf(guest)).toEqual([]);
  });
});
