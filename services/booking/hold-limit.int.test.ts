import { until } from "@holdfast/testkit/until";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Reply } from "./booking-world.fixture.ts";

const limit = 3;
let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start({ HOLDS_PER_GUEST: String(limit) });
});
afterAll(() => world[Symbol.asyncDispose]());

async function heldBy(guest: { userId: string }): Promise<number> {
  const { rows } = await world.sql.query<{ held: number }>(
    "select count(*)::integer held from bookings where customer_id = $1 and status = 'held'",
    [guest.userId],
  );
  return rows[0]!.held;
}

const codesOf = (replies: readonly Reply[]) =>
  replies.map(({ status, body }) => (status === 201 ? 201 : body["code"]));

test("a guest holds no more unpaid than the limit, is told when to come back, and others are not held up", async () => {
  const resourceId = await world.publish({ capacity: 50 });
  const guest = newCustomer();
  for (let count = 0; count < limit; count += 1)
    expect((await world.book(guest, { resourceId, ...slotAt(2) })).status).toBe(201);
  const refused = await world.book(guest, { resourceId, ...slotAt(2) });
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({ code: "booking/too-many-holds", held: limit, limit });
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(3_600);
  expect(await heldBy(guest)).toBe(limit);
  expect((await world.book(newCustomer(), { resourceId, ...slotAt(2) })).status).toBe(201);
});

test("is exact when a guest asks for everything at once, of two processes", async () => {
  const resourceIds = await Promise.all([1, 2, 3, 4].map(() => world.publish({ capacity: 50 })));
  const guest = newCustomer();
  await using replica = await world.startReplica();
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? world : replica).book(guest, {
        resourceId: resourceIds[index % resourceIds.length]!,
        ...slotAt(2, index % 3),
      }),
    ),
  );
  expect(codesOf(replies).filter((one) => one === 201)).toHaveLength(limit);
  expect(new Set(codesOf(replies))).toEqual(new Set([201, "booking/too-many-holds"]));
  expect(await heldBy(guest)).toBe(limit);
});

test("what is paid or cancelled counts no more", async () => {
  const resourceId = await world.publish({ capacity: 50 });
  const guest = newCustomer();
  const taken: Reply[] = [];
  for (let count = 0; count < limit; count += 1)
    taken.push(await world.book(guest, { resourceId, ...slotAt(3) }));
  expect((await world.book(guest, { resourceId, ...slotAt(3) })).status).toBe(429);
  await world.answerPayment(taken[1]!.body["bookingId"], "authorised");
  await until("the payment to count", async () => (await heldBy(guest)) === limit - 1);
  expect((await world.book(guest, { resourceId, ...slotAt(3) })).status).toBe(201);
  const path = `/v1/bookings/${String(taken[0]!.body["bookingId"])}/cancel`;
  expect((await world.call("POST", path, guest, {}, { "idempotency-key": newId("evt") })).status).toBe(200);
  expect((await world.book(guest, { resourceId, ...slotAt(3) })).status).toBe(201);
  expect((await world.book(guest, { resourceId, ...slotAt(3) })).status).toBe(429);
});

test("a series counts with each of its occurrences, and leaves nothing where it is refused", async () => {
  const resourceId = await world.publish({ capacity: 50 });
  const guest = newCustomer();
  const series = (count: number) =>
    world.call(
      "POST",
      "/v1/booking-series",
      guest,
      { resourceId, ...slotAt(2), rrule: `FREQ=DAILY;COUNT=${count}`, onConflict: "skip" },
      { "idempotency-key": newId("evt") },
    );
  const refused = await series(limit + 1);
  expect([refused.status, refused.body["code"]]).toEqual([429, "booking/too-many-holds"]);
  expect(await heldBy(guest)).toBe(0);
  expect((await series(limit)).status).toBe(201);
  expect((await series(1)).status).toBe(429);
  expect(await heldBy(guest)).toBe(limit);
});

test("the same request again is answered as before, however much is held meanwhile", async () => {
  const resourceId = await world.publish({ capacity: 50 });
  const guest = newCustomer();
  const again = { "idempotency-key": newId("evt") };
  const first = await world.book(guest, { resourceId, ...slotAt(2) }, again);
  for (let count = 1; count < limit; count += 1) await world.book(guest, { resourceId, ...slotAt(2) });
  const repeated = await world.book(guest, { resourceId, ...slotAt(2) }, again);
  expect([repeated.status, repeated.body["bookingId"]]).toEqual([201, first.body["bookingId"]]);
});
