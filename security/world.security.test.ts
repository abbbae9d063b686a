import { getBooking } from "@holdfast/contracts/api/booking";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SecurityWorld } from "./world.ts";

let world: SecurityWorld;
beforeAll(async () => {
  world = await SecurityWorld.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

test("each guest has a booking of their own, at different vendors", async () => {
  const { customer, otherCustomer } = world.people;
  const a = await customer.client.call(getBooking, { params: { bookingId: world.bookingA } });
  const b = await otherCustomer.client.call(getBooking, { params: { bookingId: world.bookingB } });
  expect([a.vendorId, b.vendorId]).toEqual([world.vendorA.vendorId, world.vendorB.vendorId]);
});
