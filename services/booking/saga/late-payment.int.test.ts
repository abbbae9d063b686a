/** A payment that comes after its hold has ended, on the real calendar. */
import { bookingExpired } from "@holdfast/contracts/events/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Caller } from "../booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Whole hours of one day, some weeks ahead. */
const hours = (from: number, to: number) => ({
  startsAt: slotAt(30, 2 * from).startsAt,
  endsAt: slotAt(30, 2 * to).startsAt,
});

const statusOf = async (guest: Caller, bookingId: string) =>
  (await world.call("GET", `/v1/bookings/${bookingId}`, guest)).body["status"];

/** A hold nobody paid for in time: its slot is free again. */
async function expiredHold(
  guest: Caller,
  resourceId: Id<"res">,
  from: number,
  to: number,
  also: object[] = [],
): Promise<string> {
  const held = await world.book(guest, { resourceId, ...hours(from, to), also });
  const bookingId = String(held.body["bookingId"]);
  await world.sql.query("update bookings set step_deadline_at = created_at where booking_id = $1", [
    bookingId,
  ]);
  await until("the hold to end", async () => (await statusOf(guest, bookingId)) === "expired");
  return bookingId;
}

test("takes the slot again where units are free at every moment, though none is free throughout", async () => {
  const resourceId = await world.publish({ capacity: 2 });
  const [late, other] = [newCustomer(), newCustomer()];
  const bookingId = await expiredHold(late, resourceId, 2, 4);
  // Unit 2 from 2 to 3 and unit 1 from 3 to 4: each was the lowest that was free.
  const first = await world.book(other, { resourceId, ...hours(1, 2) });
  await world.book(other, { resourceId, ...hours(1, 3) });
  await world.call("POST", `/v1/bookings/${String(first.body["bookingId"])}/cancel`, other);
  await world.book(other, { resourceId, ...hours(3, 4) });
  await world.answerPayment(bookingId, "authorised");
  await until("the booking to be confirmed", async () => (await statusOf(late, bookingId)) === "confirmed");
  const full = await world.book(other, { resourceId, ...hours(2, 3) });
  expect(full.body).toMatchObject({ code: "booking/slot-taken", free: 0 });
});

test.each([
  ["takes everything again that it was for", 0, { status: "confirmed", slots: 2 }],
  ["takes nothing where a part of it has gone", 1, { status: "expired", slots: 0 }],
])("for several resources %s", async (_, takers, { status, slots }) => {
  const vendorId = newId("vnd");
  const [stylist, chair] = [await world.publish({}, vendorId), await world.publish({}, vendorId)];
  const late = newCustomer();
  const bookingId = await expiredHold(late, stylist, 5, 6, [{ resourceId: chair }]);
  for (let i = 0; i < takers; i++) await world.book(newCustomer(), { resourceId: chair, ...hours(5, 6) });
  await world.answerPayment(bookingId, "authorised");
  await until("the payment to be answered", async () => {
    const { rows } = await world.sql.query("select version from bookings where booking_id = $1", [bookingId]);
    return (rows as { version: number }[])[0]!.version === 3;
  });
  const taken = await world.sql.query("select from allocations where booking_id = $1", [bookingId]);
  expect({ status: await statusOf(late, bookingId), slots: taken.rowCount }).toEqual({ status, slots });
});

test.each([
  ["somebody else has taken", 1],
  ["has begun meanwhile", 0],
])("is given back for a slot that %s", async (_, takers) => {
  const resourceId = await world.publish();
  const late = newCustomer();
  const bookingId = await expiredHold(late, resourceId, 2, 4);
  for (let i = 0; i < takers; i++) await world.book(newCustomer(), { resourceId, ...hours(2, 4) });
  const begins = takers === 0 ? "now() - interval '1 minute'" : "starts_at";
  await world.sql.query(`update bookings set starts_at = ${begins} where booking_id = $1`, [bookingId]);
  await world.answerPayment(bookingId, "authorised");
  const returned = await until("the payment to be given back", async () =>
    (await world.tap.collected(bookingExpired)).find(
      (event) => event.subject === bookingId && event.data.latePayment,
    ),
  );
  expect(returned.aggregateversion).toBe(3);
  expect(await statusOf(late, bookingId)).toBe("expired");
});
