import { bookingHeld, waitlistOffered } from "@holdfast/contracts/events/booking";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Caller } from "../booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const join = (as: Caller, sent: object) => world.call("POST", "/v1/waitlist", as, sent);
const entriesOf = async (as: Caller) =>
  (await world.call("GET", "/v1/waitlist", as)).body["items"] as {
    status: string;
    bookingId: string | null;
  }[];
const statusesOf = (guests: readonly Caller[]) =>
  Promise.all(guests.map(async (guest) => (await entriesOf(guest))[0]!.status));
const cancel = (as: Caller, bookingId: unknown) =>
  world.call("POST", `/v1/bookings/${String(bookingId)}/cancel`, as);

/** A resource whose slot a guest has, and guests who wait for it, in order. */
async function lineFor(
  slot: { startsAt: string; endsAt: string },
  of: { guests: number; capacity?: number },
) {
  const capacity = of.capacity ?? 1;
  const resourceId = await world.publish({ capacity });
  const holder = newCustomer();
  const held = await Promise.all(
    Array.from({ length: capacity }, async () => (await world.book(holder, { resourceId, ...slot })).body),
  );
  const guests = Array.from({ length: of.guests }, newCustomer);
  for (const guest of guests) expect((await join(guest, { resourceId, ...slot })).status).toBe(201);
  return { resourceId, holder, bookingIds: held.map((one) => one["bookingId"] as string), guests };
}

describe("what becomes free", () => {
  test("is held for the first in line and nobody else, who is told, and pays for it like anybody", async () => {
    const slot = slotAt(20);
    const { resourceId, holder, bookingIds, guests } = await lineFor(slot, { guests: 3 });
    await cancel(holder, bookingIds[0]);
    expect(await statusesOf(guests)).toEqual(["offered", "waiting", "waiting"]);
    const [entry] = await entriesOf(guests[0]!);
    const booking = await world.call("GET", `/v1/bookings/${entry!.bookingId}`, guests[0]!);
    expect(booking.body).toMatchObject({ status: "held", resourceId, ...slot });
    const holdMs =
      Date.parse(booking.body["holdExpiresAt"] as string) - Date.parse(booking.body["createdAt"] as string);
    expect(holdMs).toBe(60 * 60_000);
    // Whoever comes by now finds it taken.
    expect((await world.book(newCustomer(), { resourceId, ...slot })).status).toBe(409);
    const offer = (await world.tap.collected(waitlistOffered)).find(
      (one) => one.subject === entry!.bookingId,
    );
    expect(offer?.data).toMatchObject({ customerId: guests[0]!.userId, ...slot });
    const hold = (await world.tap.collected(bookingHeld)).find((one) => one.subject === entry!.bookingId);
    expect(hold?.data).toMatchObject({ fromWaitlist: true });
    await world.answerPayment(entry!.bookingId, "authorised");
    await until("the offer to be taken", async () => (await statusesOf(guests))[0] === "taken");
  });

  test("goes to the next where the first does not pay, and to each only once", async () => {
    const { holder, bookingIds, guests } = await lineFor(slotAt(21), { guests: 3 });
    await cancel(holder, bookingIds[0]);
    await world.answerPayment((await entriesOf(guests[0]!))[0]!.bookingId, "declined");
    await until("the second to be offered it", async () => (await statusesOf(guests))[1] === "offered");
    await cancel(guests[1]!, (await entriesOf(guests[1]!))[0]!.bookingId);
    expect(await statusesOf(guests)).toEqual(["missed", "missed", "offered"]);
  });

  test("goes to as many as there are units", async () => {
    const { holder, bookingIds, guests } = await lineFor(slotAt(22), { guests: 4, capacity: 3 });
    await cancel(holder, bookingIds[0]);
    await cancel(holder, bookingIds[1]);
    expect(await statusesOf(guests)).toEqual(["offered", "offered", "waiting", "waiting"]);
  });

  test("is offered to whoever it is enough for, though others wait longer for more", async () => {
    const slot = slotAt(23);
    const { resourceId, holder, bookingIds } = await lineFor(slot, { guests: 0, capacity: 2 });
    const [couple, single] = [newCustomer(), newCustomer()];
    await join(couple, { resourceId, ...slot, quantity: 2 });
    await join(single, { resourceId, ...slot });
    await cancel(holder, bookingIds[0]);
    expect(await statusesOf([couple, single])).toEqual(["waiting", "offered"]);
  });

  test("is offered exactly once, whoever frees it and whoever asks for it at the same moment", async () => {
    const slot = slotAt(24);
    const { resourceId, holder, bookingIds, guests } = await lineFor(slot, { guests: 3, capacity: 3 });
    const passers = Array.from({ length: 12 }, newCustomer);
    const [booked] = await Promise.all([
      Promise.all(passers.map(async (guest) => (await world.book(guest, { resourceId, ...slot })).status)),
      ...bookingIds.map((bookingId) => cancel(holder, bookingId)),
    ]);
    expect(new Set(booked)).toEqual(new Set([409]));
    expect(await statusesOf(guests)).toEqual(["offered", "offered", "offered"]);
  });

  test("is offered in the very moment that a resource gets more units, before anybody can come by", async () => {
    const slot = slotAt(29);
    const { resourceId, guests } = await lineFor(slot, { guests: 1 });
    await world.publish({ capacity: 2 }, newId("vnd"), { resourceId, version: 2 });
    expect((await world.book(newCustomer(), { resourceId, ...slot })).status).toBe(409);
    expect(await statusesOf(guests)).toEqual(["offered"]);
  });

  test("is found by the sweep where nobody was told that it is", async () => {
    const slot = slotAt(25);
    const { bookingIds, guests } = await lineFor(slot, { guests: 1 });
    await world.sql.query("delete from allocations where booking_id = $1", [bookingIds[0]]);
    await expect
      .poll(
        async () => {
          await world.moveClock({ minutes: 1 });
          return statusesOf(guests);
        },
        { timeout: 10_000 },
      )
      .toEqual(["offered"]);
  });
});

describe("a place in the line", () => {
  test("is for what is taken, can be booked, and is had once", async () => {
    const slot = slotAt(26);
    const { resourceId, holder, guests } = await lineFor(slot, { guests: 1 });
    const guest = guests[0]!;
    const again = await join(guest, { resourceId, ...slot });
    expect(again.body).toMatchObject({ status: "waiting", position: 1 });
    expect(await entriesOf(guest)).toHaveLength(1);
    expect((await join(newCustomer(), { resourceId, ...slot })).body).toMatchObject({ position: 2 });
    const free = await join(guest, { resourceId, ...slotAt(26, 6) });
    expect([free.status, free.body["code"]]).toEqual([409, "booking/slot-free"]);
    const off = { startsAt: "2020-01-01T10:00:00Z", endsAt: "2020-01-01T11:00:00Z" };
    expect((await join(guest, { resourceId, ...off })).body["code"]).toBe("booking/time-not-bookable");
    expect((await join(guest, { resourceId, ...slot, quantity: 2 })).body["code"]).toBe("booking/slot-taken");
    const unlisted = await world.publish({ waitlistHoldMinutes: 0 });
    await world.book(holder, { resourceId: unlisted, ...slot });
    expect((await join(guest, { resourceId: unlisted, ...slot })).body["code"]).toBe("booking/no-waitlist");
  });

  test("can be given up by whom it belongs to, and is then passed over", async () => {
    const { holder, bookingIds, guests } = await lineFor(slotAt(27), { guests: 2 });
    const listed = await world.call("GET", "/v1/waitlist", guests[0]!);
    const path = `/v1/waitlist/${(listed.body["items"] as { entryId: string }[])[0]!.entryId}`;
    const stranger = await world.call("DELETE", path, newCustomer());
    expect([stranger.status, stranger.body["code"]]).toEqual([404, "booking/waitlist-entry-not-found"]);
    expect((await world.call("DELETE", path, guests[0]!)).status).toBe(204);
    await cancel(holder, bookingIds[0]);
    expect(await statusesOf(guests)).toEqual(["left", "offered"]);
  });

  test("is not had more than fifty times", async () => {
    const resourceId = await world.publish();
    const [holder, guest] = [newCustomer(), newCustomer()];
    const { rows } = await world.sql.query<{ calendar_id: number }>(
      "select calendar_id from calendars where resource_id = $1",
      [resourceId],
    );
    await world.sql.query(
      `insert into waitlist select 'wtl_' || n, $1, $2, $3, now() + n * interval '1 day', now() + n * interval '1 day' + '1 hour',
         1, 1, 'waiting', null, now() from generate_series(1, 50) n`,
      [rows[0]!.calendar_id, resourceId, guest.userId],
    );
    await world.book(holder, { resourceId, ...slotAt(60) });
    expect((await join(guest, { resourceId, ...slotAt(60) })).body["code"]).toBe("booking/waitlist-full");
  });

  test("lapses when its time comes", async () => {
    const slot = slotAt(2);
    const { guests } = await lineFor(slot, { guests: 1 });
    await world.moveClock({ hours: 72 });
    await expect.poll(() => statusesOf(guests), { timeout: 10_000 }).toEqual(["lapsed"]);
  });
});
