import type { InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import { newId, type Id } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GuestStay } from "./booking-life.fixture.ts";
import { BookingWorld, type Caller, newCustomer, slotAt } from "./booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Half hours of the third day: `on(20, 22)` is 10:00 to 11:00. An hour costs 60.00. */
const on = (from: number, to: number) => ({
  startsAt: slotAt(3, from).startsAt,
  endsAt: slotAt(3, to).startsAt,
});
const payment: Caller = { userId: newId("usr"), roles: ["service"] };
const ask = (bookingIds: readonly Id<"bkg">[], as: Caller | null = payment) =>
  world.call("POST", "/internal/invoice-facts", as, { bookingIds });
async function factsOf(stay: GuestStay): Promise<InvoiceFacts> {
  const { body } = await ask([stay.bookingId]);
  return (body["bookings"] as InvoiceFacts[])[0]!;
}
const vat = [{ label: "VAT", basisPoints: 2000, included: true }];

test("tells whose a booking is and what its lines are, taxes with their rates, to services alone", async () => {
  const vendorId = newId("vnd");
  const resourceId = await world.publish({ title: "Chair by the window" }, vendorId);
  const stay = await GuestStay.held(world, { resourceId, ...on(20, 22) });
  const view = (await stay.call("GET", "")).body;
  const { status, body } = await ask([stay.bookingId, newId("bkg")]);
  expect(status).toBe(200);
  expect(body["bookings"]).toEqual([
    {
      bookingId: stay.bookingId,
      customerId: stay.guest.userId,
      vendorId,
      vendorName: view["vendorName"],
      resourceTitle: "Chair by the window",
      also: [],
      zone: "Europe/Lisbon",
      currency: "EUR",
      prices: [
        {
          charge: 1,
          startsAt: view["startsAt"],
          endsAt: view["endsAt"],
          quantity: 1,
          totalMinor: 6000,
          lines: view["lines"],
        },
      ],
    },
  ]);
  expect((await ask([stay.bookingId], stay.guest)).status).toBe(403);
  expect((await ask([stay.bookingId], newCustomer())).status).toBe(403);
  expect((await ask([stay.bookingId], null)).status).toBe(401);
});

test("keeps what each charge was asked for, whatever the booking became by moving", async () => {
  const resourceId = await world.publish({
    price: { per: "hour", amountMinor: 6000, currency: "EUR", taxes: vat },
  });
  const stay = await GuestStay.paid(world, { resourceId, ...on(20, 22) });
  const [held] = (await factsOf(stay)).prices;
  expect(held?.lines.at(-1)).toMatchObject({
    kind: "tax",
    label: "VAT",
    basisPoints: 2000,
    amountMinor: 1000,
  });
  await stay.move({ ...on(24, 28), paymentMethod: "pm_card_visa" });
  expect((await factsOf(stay)).prices).toEqual([held]);
  await stay.authorise(2);
  await stay.reaches((row) => row.change === null);
  const dearer = (await factsOf(stay)).prices;
  expect(dearer).toEqual([
    held,
    expect.objectContaining({ charge: 2, totalMinor: 12_000, startsAt: on(24, 28).startsAt }),
  ]);
  expect(dearer[1]?.lines.at(-1)).toMatchObject({ kind: "tax", amountMinor: 2000 });
  await stay.captured(12_000, 2);
  await stay.reaches((row) => row.saga_step === "stay");
  // A cheaper move asks for no charge: what it makes of the price is told by what is given back.
  expect((await stay.move(on(30, 31))).body).toMatchObject({ total: { amountMinor: 3000 } });
  expect((await factsOf(stay)).prices).toEqual(dearer);
});

test("keeps what charge 1 was asked for where the first move is to a cheaper time", async () => {
  const resourceId = await world.publish();
  const stay = await GuestStay.paid(world, { resourceId, ...on(34, 36) });
  const before = (await factsOf(stay)).prices;
  await stay.move(on(36, 37));
  expect((await factsOf(stay)).prices).toEqual(before);
});
