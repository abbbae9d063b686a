import { afterAll, beforeAll, expect, test } from "vitest";
import { GuestStay } from "../booking-life.fixture.ts";
import { BookingWorld, slotAt } from "../booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start({ LOG_LEVEL: "fatal" });
});
afterAll(() => world[Symbol.asyncDispose]());

test("a booking whose deadline cannot be worked off keeps no other from its own", async () => {
  const resourceId = await world.publish();
  const broken = await GuestStay.paid(world, { resourceId, ...slotAt(5) });
  const { endsAt } = slotAt(5, 2);
  await broken.move({ startsAt: slotAt(5).startsAt, endsAt, paymentMethod: "pm_card_visa" });
  // What it has is gone, which no code of ours does: its move can neither be made nor dropped.
  await world.sql.query("delete from allocations where booking_id = $1", [broken.bookingId]);
  const held = await GuestStay.held(world, { resourceId, ...slotAt(6) });
  await world.sql.query(
    "update bookings set step_deadline_at = created_at where booking_id = any($1) and saga_step in ('pay', 'change')",
    [[broken.bookingId, held.bookingId]],
  );
  await held.reaches((row) => row.status === "expired");
  expect(await broken.row()).toMatchObject({ status: "confirmed", saga_step: "change" });
});
