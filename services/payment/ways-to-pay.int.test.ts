import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "./books-agree.fixture.ts";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "./payment-service.fixture.ts";

let world: PaymentWorld;

beforeAll(async () => {
  world = await startPaymentWorld();
}, 120_000);

afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

/** What was taken and given back of a booking, by account of the ledger, however it is settled afterwards. */
async function balances({ bookingId }: TestBooking): Promise<Record<string, number>> {
  const { rows } = await world.sql.query<{ account: string; sum: number }>(
    `select account, sum(amount_minor)::int sum from ledger_entries e
     join ledger_transactions t on t.id = e.transaction_id
     where booking_id = $1 and kind in ('capture', 'refund') group by account`,
    [bookingId],
  );
  return Object.fromEntries(rows.map(({ account, sum }) => [account, sum]));
}

describe("paying on arrival", () => {
  async function booked(): Promise<TestBooking> {
    const booking = world.book();
    await booking.held({ provider: "on-arrival" });
    await world.reaches(booking, "authorised");
    return booking;
  }

  test("is authorised and captured at once, while Stripe is away, and Stripe never hears of it", async () => {
    world.stripe.setSwitches({ refuseConnections: true });
    const booking = await booked();
    await booking.confirmed();
    expect(await world.reaches(booking, "captured")).toMatchObject({
      provider: "on-arrival",
      clientSecret: null,
      capturedMinor: totalMinor,
    });
    world.stripe.resetSwitches();
    expect(await world.told(booking, "", "")).toEqual(["payment.authorised.v1", "payment.captured.v1"]);
    expect(world.books(booking)).toEqual([]);
  });

  test("is released before the booking is confirmed, and given back after it, like any other payment", async () => {
    const [released, returned] = [await booked(), await booked()];
    await released.cancelled(0);
    await world.reaches(released, "voided");
    await returned.confirmed();
    await world.reaches(returned, "captured");
    await returned.cancelled(4_000);
    expect(await world.reaches(returned, "refunded")).toMatchObject({ refundedMinor: totalMinor - 4_000 });
    // It is the vendor who has the rest, not our account at Stripe.
    expect(await balances(returned)).toEqual({ guest: -totalMinor, "on-arrival": 4_000, refunds: 6_000 });
    expect(await balances(released)).toEqual({});
  });

  test("of a difference stands beside a booking that was paid by card", async () => {
    const booking = world.book();
    await booking.held("pm_card_visa");
    await world.reaches(booking, "authorised");
    await booking.confirmed();
    await world.reaches(booking, "captured");
    await booking.changeHeld(2, 3_000, { provider: "on-arrival" });
    await world.chargeReaches(booking, 2, "authorised");
    await booking.rescheduled(totalMinor + 3_000, 2);
    await world.chargeReaches(booking, 2, "captured");
    expect(world.books(booking)).toMatchObject([{ captured: totalMinor }]);
    await booking.cancelled(0);
    await until("both to be given back", async () => {
      const { charges } = (await world.show(booking)).body;
      return charges.every(({ status }) => status === "refunded");
    });
  });
});

describe("a payment that is taken at once", () => {
  const atOnce = { paymentMethod: "pm_card_visa", capture: "immediate" } as const;

  test("is told as authorised while it waits, and as captured once the booking is confirmed, with nothing more taken", async () => {
    const booking = world.book();
    await booking.held(atOnce);
    expect(await world.reaches(booking, "authorised")).toMatchObject({ capturedMinor: totalMinor });
    expect(world.books(booking)).toMatchObject([{ status: "succeeded", captured: totalMinor }]);
    await booking.confirmed();
    await world.reaches(booking, "captured");
    expect(await world.told(booking, "", "")).toEqual(["payment.authorised.v1", "payment.captured.v1"]);
    const posted = await balances(booking);
    expect(posted).toMatchObject({ guest: -totalMinor });
    expect((posted["stripe"] ?? 0) + (posted["stripe-fee"] ?? 0)).toBe(totalMinor);
  });

  test.each([
    ["the vendor declines", (booking: TestBooking) => booking.declined(true)],
    ["nobody confirms in time", (booking: TestBooking) => booking.expired(true)],
    ["the guest calls off", (booking: TestBooking) => booking.cancelled(0)],
  ])("is given back whole where %s", async (_, end) => {
    const booking = world.book();
    await booking.held(atOnce);
    await world.reaches(booking, "authorised");
    await end(booking);
    await world.reaches(booking, "refunded");
    expect(world.books(booking)).toMatchObject([{ captured: totalMinor, refunded: totalMinor }]);
    expect(await world.told(booking, "", "", "")).toEqual([
      "payment.authorised.v1",
      "payment.captured.v1",
      "refund.succeeded.v1",
    ]);
  });

  test("that the guest makes in their browser is heard of by its webhook", async () => {
    const booking = world.book();
    await booking.held({ capture: "immediate" });
    const { clientSecret } = await world.reaches(booking, "action-required");
    const paid = { client_secret: clientSecret, payment_method: "pm_card_visa" };
    expect(await world.guest("confirm", paid)).toBe(200);
    expect(await world.reaches(booking, "authorised")).toMatchObject({ capturedMinor: totalMinor });
  });
});
