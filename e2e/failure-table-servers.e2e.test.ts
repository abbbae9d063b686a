/** The failure table's rows about Postgres, NATS and Redis. */
import { createQuote, listBookings } from "@holdfast/contracts/api/booking";
import { ApiError } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { setInterval as beats } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectKept, Traffic } from "./booking-traffic.ts";
import { bookSlot, bookSlots, expectRest, report, visit } from "./failure-rows.ts";
import { World } from "./world.ts";

const natsDownMs = 10_000;
const betweenArrivalsMs = 250;
const restDeadlineMs = 10_000;

let world: World;
beforeAll(async () => void (world = await World.enterToBreak()));
afterAll(() => world?.[Symbol.asyncDispose]());

async function epochs(): Promise<number[]> {
  const { rows } = await world.sql.query<{ epoch: number }>(
    ["auth", "catalog", "booking", "payment", "notification"]
      .map((service) => `select epoch from ${service}.stream_epochs`)
      .join(" union all "),
  );
  return rows.map((row) => row.epoch);
}

test("with NATS down for ten seconds slots are held all the same, and the sagas catch up by themselves", async () => {
  const { nats } = world.platform.servers;
  const visited = await visit(world, 3);
  const before = await epochs();
  await nats.stop();
  const stoppedAt = performance.now();
  const held: string[] = [];
  for await (const _ of beats(betweenArrivalsMs)) {
    const booking = await bookSlot(visited, held.length);
    expect(booking.status).toBe("held");
    held.push(booking.bookingId);
    if (performance.now() - stoppedAt >= natsDownMs) break;
  }
  const waiting = await world.sql.query("select 1 from booking.outbox where published_at is null");
  expect(waiting.rowCount).toBe(held.length);
  await nats.start();
  const rest = await expectRest(world, [visited.guest], restDeadlineMs);
  report(`NATS down for ten seconds, ${held.length} bookings`, rest);
  const { rowCount } = await world.sql.query(
    "select 1 from booking.bookings where booking_id = any($1) and status = 'confirmed'",
    [held],
  );
  expect(rowCount).toBe(held.length);
  expect(rest.repeated).toBe(0);
  expect(await epochs()).toEqual(before);
});

test("when NATS loses its disk in the middle of sagas, the ledgers are published again and every effect is had once", async () => {
  const before = await epochs();
  const traffic = await Traffic.start(world, { bookings: 150 });
  await traffic.answered(50);
  await world.platform.servers.nats.wipe();
  expect(traffic.waiting).toBeGreaterThan(0);
  await traffic.finish();
  const rest = await expectRest(world, traffic.guests);
  report("NATS lost its disk", rest);
  await expectKept(world, traffic);
  expect([...traffic.troubles]).toEqual([]);
  const next = before.map((epoch) => epoch + 1);
  await until("every stream to be in its next epoch", async () => (await epochs()).join() === next.join());
  expect(rest.repeated).toBe(0);
});

test("without Redis everything works: slots, quotes and bookings", async () => {
  const visited = await visit(world);
  const { guest, resourceId, slots } = visited;
  await world.platform.servers.redis.stop();
  const traffic = await Traffic.start(world, { bookings: 60 });
  expect(await world.slots(resourceId)).toEqual(slots);
  const { startsAt, endsAt } = slots[0]!;
  await guest.call(createQuote, { body: { resourceId, startsAt, endsAt } });
  await traffic.finish();
  expect([...traffic.troubles]).toEqual([]);
  await world.platform.servers.redis.start();
  const [booked] = await bookSlots(visited, 1, 10);
  expect(booked?.status).toBe("confirmed");
  const rest = await expectRest(world, [guest, ...traffic.guests]);
  report("Redis down", rest);
  await expectKept(world, traffic);
  expect(rest.repeated).toBe(0);
});

test.each(["stop", "kill9"] as const)(
  "when Postgres goes by %s and comes back, requests are answered 503 meanwhile and none that was acknowledged is lost",
  async (how) => {
    const { postgres } = world.platform.servers;
    const traffic = await Traffic.start(world, { bookings: 150 });
    await traffic.answered(50);
    await postgres[how]();
    expect(traffic.waiting).toBeGreaterThan(0);
    const refused = await traffic.guests[0]!.call(listBookings).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ status: 503, problem: { code: "service/unavailable" } });
    expect(Number((refused as ApiError).headers.get("retry-after"))).toBeGreaterThan(0);
    await postgres.start();
    await traffic.finish();
    const rest = await expectRest(world, traffic.guests);
    report(`Postgres by ${how}; clients met ${JSON.stringify(Object.fromEntries(traffic.troubles))}`, rest);
    await expectKept(world, traffic);
    const kinds = [...traffic.troubles.keys()];
    expect(kinds.filter((trouble) => trouble.startsWith("500"))).toEqual([]);
    expect(rest.repeated).toBe(0);
  },
);
