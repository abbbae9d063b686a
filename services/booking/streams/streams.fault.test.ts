import type { Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt } from "../booking-world.fixture.ts";

let world: BookingWorld;
let chair: Id<"res">;

beforeAll(async () => {
  world = await BookingWorld.start();
  chair = await world.publish();
});
afterAll(() => world[Symbol.asyncDispose]());

test("while NATS is down streams tell what happens all the same, and nothing twice once it is back", async () => {
  const guest = newCustomer();
  using stream = await world.stream("/v1/me/stream", guest);
  const book = async (halfHour: number) =>
    (await world.book(guest, { resourceId: chair, ...slotAt(3, halfHour) })).body["bookingId"];
  const before = await book(0);
  await stream.told("booking.held.v1", before);
  await world.nats.stop();
  const during = await book(4);
  const cancelled = await world.call("POST", `/v1/bookings/${String(before)}/cancel`, guest, {});
  expect(cancelled.status).toBeLessThan(500);
  await stream.told("booking.held.v1", during);
  await world.nats.start();
  await until(
    "the ledger to be published",
    async () => {
      const { rowCount } = await world.sql.query("select from outbox where published_at is null");
      return rowCount === 0;
    },
    30_000,
  );
  const after = await book(8);
  await stream.told("booking.held.v1", after);
  const ids = stream.events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(stream.events.filter(({ event }) => event === "booking.held.v1")).toHaveLength(3);
});
