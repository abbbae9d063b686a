import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GuestStay } from "./booking-life.fixture.ts";
import { BookingWorld, newCustomer, slotAt, type Reply } from "./booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A transaction of the test's own, that holds what it locks until the scope ends. */
async function holding(rows: string, values: readonly unknown[]) {
  const client = await world.sql.connect();
  await client.query("begin");
  await client.query(rows, [...values]);
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.query("rollback");
      client.release();
    },
  };
}

const waiting = (count: number) =>
  until(`${count} to wait for a lock`, async () => {
    const { rowCount } = await world.sql.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    return rowCount === count;
  });

const hours = (from: number, to: number) => {
  const { startsAt } = slotAt(40, 2 * from);
  const endsAt = Temporal.Instant.from(startsAt)
    .add({ hours: to - from })
    .toString();
  return { startsAt, endsAt };
};

test("a booking that is being decided on keeps nobody from dealing its unit anew, who has the calendar it needs", async () => {
  const resourceId = await world.publish({ capacity: 2 });
  const guest = newCustomer();
  const before = await Promise.all(
    [0, 5].map((from) => GuestStay.held(world, { resourceId, ...hours(from, from + 1) })),
  );
  const asked = { resourceId, ...hours(0, 2), rrule: "FREQ=HOURLY;INTERVAL=5;COUNT=2", onConflict: "refuse" };
  const keyed = { "idempotency-key": crypto.randomUUID() };
  const { body } = await world.call("POST", "/v1/booking-series", guest, asked, keyed);
  for (const stay of before) await stay.call("POST", "/cancel");
  const [first, last] = (body["occurrences"] as { booking: { bookingId: string } }[])
    .map(({ booking }, index) => ({ id: booking.bookingId, from: 5 * index }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  // Unit 2 is the first's until its end, unit 1 somebody's from then on: who wants some of both needs it dealt anew.
  await GuestStay.held(world, { resourceId, ...hours(first!.from + 2, first!.from + 3) });
  const later = { resourceId, ...hours(first!.from + 1, first!.from + 3) };
  let cancelled: Promise<Reply>;
  {
    await using _ = await holding("select from bookings where booking_id = $1 for update", [last!.id]);
    cancelled = world.call("POST", `/v1/booking-series/${String(body["seriesId"])}/cancel`, guest);
    await waiting(1);
    const replies: number[] = [];
    void world.book(newCustomer(), later).then((reply) => replies.push(reply.status));
    await until("the later booking to be taken", () => replies[0] === 201, 3_000);
  }
  expect((await cancelled).status).toBe(200);
});

test("what a booking has is released behind its calendar's lock, not before", async () => {
  const resourceId = await world.publish();
  const stay = await GuestStay.held(world, { resourceId, ...hours(0, 1) });
  let cancelled: Promise<Reply>;
  {
    await using held = await holding("select from calendars where resource_id = $1 for update", [resourceId]);
    cancelled = stay.call("POST", "/cancel");
    await waiting(1);
    const { rowCount } = await held.client.query(
      "select from allocations where booking_id = $1 for update nowait",
      [stay.bookingId],
    );
    expect(rowCount).toBe(1);
  }
  expect((await cancelled).body).toMatchObject({ status: "cancelled" });
});
