/** Balances at the Stripe stand-in: taken without the guest when they fall due, tried again, given up. */
import { paymentBalanceFailed, paymentBalanceLost } from "@holdfast/contracts/events/payment";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "./books-agree.fixture.ts";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "./payment-service.fixture.ts";

let world: PaymentWorld;

const depositMinor = 3_000;
const balanceMinor = totalMinor - depositMinor;

beforeAll(async () => {
  world = await startPaymentWorld();
}, 120_000);
afterEach(() => {
  world.stripe.resetSwitches();
});
afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

/** A balance that is due in ten hours, and waited for 72; the booking begins in 200. */
async function termsFromNow(amountMinor = balanceMinor) {
  const now = await world.moveClock(0);
  const at = (hours: number) => now.add({ hours }).toString({ smallestUnit: "millisecond" });
  const amount = { amountMinor, currency: "EUR" };
  return {
    startsAt: at(200),
    endsAt: at(201),
    balance: { charge: 2, amount, dueAt: at(10), givesUpAt: at(82) },
  };
}

/** Confirmed, and its deposit taken by this card, at once or in the guest's browser. */
async function booked(card = "pm_card_visa", inBrowser = false): Promise<TestBooking> {
  const booking = world.book(await termsFromNow());
  await booking.held(inBrowser ? undefined : card);
  if (inBrowser) await payAsGuest(booking, 1, card);
  await world.reaches(booking, "authorised");
  await booking.confirmed();
  await world.reaches(booking, "captured");
  return booking;
}

/** What the guest's browser does with a charge's client secret: the card, and 3-D Secure where it is asked for. */
async function payAsGuest(booking: TestBooking, charge: number, card: string): Promise<void> {
  const { charges } = await world
    .chargeReaches(booking, charge, "action-required")
    .then(() => world.show(booking).then(({ body }) => body));
  const { clientSecret } = charges.find((one) => one.charge === charge)!;
  await world.guest("confirm", { client_secret: clientSecret, payment_method: card });
  const intent = world.books(booking)[charge - 1]!;
  if (intent.status === "requires_action") {
    await world.guest(`payment_intents/${intent.id}/authenticate`, { outcome: "succeed" });
  }
}

async function underWay({ bookingId }: TestBooking, condition: string): Promise<void> {
  await until(`a call of which ${condition}`, async () => {
    const { rowCount } = await world.sql.query(
      `select 1 from payments where booking_id = $1 and charge = 2 and ${condition}`,
      [bookingId],
    );
    return rowCount === 1;
  });
}

const failures = async ({ bookingId }: TestBooking) =>
  (await world.tap.collected(paymentBalanceFailed)).filter(({ data }) => data.bookingId === bookingId);
const failed = (booking: TestBooking, attempt: number) =>
  until(`attempt ${attempt} to fail`, async () =>
    (await failures(booking)).find(({ data }) => data.attempt === attempt),
  );

describe("a balance", () => {
  test.each([
    ["by the card the booking was made with", "pm_card_visa", false],
    ["by the card the guest entered", "pm_card_mastercard", true],
    ["by a card set up for it with 3-D Secure", "pm_card_authenticationRequiredOnSetup", true],
  ])("is taken without the guest when it falls due, %s", async (_, card, inBrowser) => {
    const booking = await booked(card, inBrowser);
    const { charges } = (await world.show(booking)).body;
    expect(charges).toMatchObject([
      { kind: "booking", amount: { amountMinor: depositMinor }, dueAt: null },
      { kind: "balance", amount: { amountMinor: balanceMinor }, status: "requested", clientSecret: null },
    ]);
    await world.moveClock(9);
    expect(world.books(booking)).toHaveLength(1);
    await world.moveClock(1);
    await world.chargeReaches(booking, 2, "captured");
    expect(world.books(booking)).toMatchObject([{ captured: depositMinor }, { captured: balanceMinor }]);
    expect((await world.told(booking)).at(-1)).toBe("payment.captured.v1");
  });

  test("of a booking that was moved to a later time is due with it, and for less where it costs less", async () => {
    const booking = await booked();
    const later = await termsFromNow(balanceMinor - 500);
    const shifted = {
      ...later.balance,
      dueAt: Temporal.Instant.from(later.balance.dueAt).add({ hours: 5 }).toString(),
    };
    await booking.rescheduled(totalMinor - 500, undefined, { ...later, balance: shifted });
    await until("the balance to be less", async () => {
      const { charges } = (await world.show(booking)).body;
      return charges[1]?.amount.amountMinor === balanceMinor - 500;
    });
    await world.moveClock(12);
    expect(world.books(booking)).toHaveLength(1);
    await world.moveClock(3);
    await world.chargeReaches(booking, 2, "captured");
    expect(world.books(booking)[1]).toMatchObject({ captured: balanceMinor - 500, refunded: 0 });
  });

  test("of a booking cancelled before is never asked for", async () => {
    const booking = await booked();
    await booking.cancelled(depositMinor);
    await world.chargeReaches(booking, 2, "voided");
    await world.moveClock(20);
    expect(world.books(booking)).toMatchObject([{ captured: depositMinor, refunded: 0 }]);
  });

  test("that is being taken as the booking is cancelled goes back", async () => {
    const booking = await booked();
    world.stripe.setSwitches({ latencyMs: 300 });
    await world.moveClock(10);
    await underWay(booking, "call is not null");
    await booking.cancelled(depositMinor);
    await world.chargeReaches(booking, 2, "refunded");
    expect(world.books(booking)).toMatchObject([
      { captured: depositMinor, refunded: 0 },
      { captured: balanceMinor, refunded: balanceMinor },
    ]);
  });

  test("that cannot be taken without the guest is told of, and can be paid by them with another card", async () => {
    const booking = await booked("pm_card_authenticationRequired", true);
    await world.moveClock(10);
    const first = await failed(booking, 1);
    expect(first.data).toMatchObject({
      reason: "payment/authentication-required",
      charge: 2,
      due: { amountMinor: balanceMinor },
    });
    expect(Date.parse(first.data.nextAttemptAt ?? "")).toBeLessThan(Date.parse(first.data.givesUpAt));
    await payAsGuest(booking, 2, "pm_card_threeDSecure2Required");
    await world.chargeReaches(booking, 2, "captured");
    expect(world.books(booking)).toMatchObject([{ captured: depositMinor }, { captured: balanceMinor }]);
  });

  test("is tried again at growing intervals, and given up at the end of the grace: nobody can pay it then", async () => {
    const booking = await booked("pm_card_authenticationRequired", true);
    await world.moveClock(10);
    for (const [attempt, hours] of [
      [1, 5],
      [2, 10],
      [3, 20],
    ] as const) {
      await failed(booking, attempt);
      await world.moveClock(hours);
    }
    expect((await failed(booking, 4)).data).not.toHaveProperty("nextAttemptAt");
    await world.moveClock(40);
    const lost = await until("it to be given up", async () =>
      (await world.tap.collected(paymentBalanceLost)).find(
        ({ data }) => data.bookingId === booking.bookingId,
      ),
    );
    expect(lost.data).toMatchObject({ charge: 2, reason: "payment/authentication-required" });
    expect(world.books(booking)).toMatchObject([
      { captured: depositMinor },
      { status: "canceled", captured: 0 },
    ]);
    // The same intent all along: whoever paid it would have paid it once.
    expect(await failures(booking)).toHaveLength(4);
    const { charges } = (await world.show(booking)).body;
    expect(charges[1]).toMatchObject({ status: "declined", clientSecret: null });
  });

  test("succeeds at a later attempt", async () => {
    const booking = await booked();
    const refusal = { operation: "payment_intents.create", outcome: "refused" as const };
    world.stripe.setSwitches({
      faults: [{ ...refusal, status: 402, code: "card_declined", declineCode: "insufficient_funds" }],
    });
    await world.moveClock(10);
    expect((await failed(booking, 1)).data.reason).toBe("payment/insufficient-funds");
    await world.moveClock(5);
    await world.chargeReaches(booking, 2, "captured");
    expect(world.books(booking)).toMatchObject([{ captured: depositMinor }, { captured: balanceMinor }]);
  });

  test("is not taken of a booking that has begun, nor of one that is over", async () => {
    const booking = await booked();
    world.stripe.setSwitches({ refuseConnections: true });
    await world.moveClock(10);
    await underWay(booking, "(call ->> 'failures')::int > 0");
    await world.moveClock(195);
    await booking.completed();
    world.stripe.resetSwitches();
    await world.chargeReaches(booking, 2, "declined");
    expect(world.books(booking)).toMatchObject([{ captured: depositMinor }]);
  });
});
