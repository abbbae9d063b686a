import { newId } from "@holdfast/contracts/ids";
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

async function authorised(): Promise<TestBooking> {
  const booking = world.book();
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  return booking;
}

async function captured(): Promise<TestBooking> {
  const booking = await authorised();
  await booking.confirmed();
  await world.reaches(booking, "captured");
  return booking;
}

describe("a payment method sent along", () => {
  test("is authorised, and captured when the booking is confirmed, to the cent", async () => {
    const booking = await captured();
    expect(world.books(booking)).toMatchObject([
      { status: "succeeded", captured: totalMinor, capturable: 0, refunded: 0 },
    ]);
    expect(await world.told(booking, "", "")).toEqual(["payment.authorised.v1", "payment.captured.v1"]);
  });

  test("is asked for once when the booking's event is delivered twice", async () => {
    const booking = world.book();
    const id = await booking.held("pm_card_visa");
    await world.reaches(booking, "authorised");
    await booking.held("pm_card_visa", id);
    await booking.held("pm_card_visa");
    await booking.confirmed();
    await world.reaches(booking, "captured");
    expect(world.books(booking)).toHaveLength(1);
  });

  test.each([
    ["pm_card_chargeDeclined", "payment/card-declined"],
    ["pm_card_chargeDeclinedInsufficientFunds", "payment/insufficient-funds"],
    ["pm_card_unheardOf", "payment/method-not-usable"],
  ])("declines %s with %s and leaves nothing open at Stripe", async (card, reason) => {
    const booking = world.book();
    await booking.held(card);
    expect(await world.reaches(booking, "declined")).toMatchObject({ reason, clientSecret: null });
    await booking.declined();
    await until("no open intent", () => world.books(booking).every(({ status }) => status === "canceled"));
    expect(await world.told(booking, "")).toEqual(["payment.declined.v1"]);
  });

  test("that needs 3-D Secure waits for the guest, survives a failed attempt, and goes on when they pass", async () => {
    const booking = world.book();
    await booking.held("pm_card_authenticationRequired");
    const { clientSecret } = await world.reaches(booking, "action-required");
    const [intent] = world.books(booking);
    expect(await world.guest(`payment_intents/${intent?.id}/authenticate`, { outcome: "fail" })).toBe(200);
    const confirmation = { client_secret: clientSecret, payment_method: "pm_card_visa" };
    expect(await world.guest("confirm", confirmation)).toBe(200);
    await world.reaches(booking, "authorised");
    expect(await world.told(booking, "", "")).toEqual([
      "payment.action-required.v1",
      "payment.authorised.v1",
    ]);
  });
});

describe("a guest who pays on their side", () => {
  async function waiting(): Promise<{ booking: TestBooking; pay: () => Promise<number> }> {
    const booking = world.book();
    await booking.held();
    const { clientSecret } = await world.reaches(booking, "action-required");
    return {
      booking,
      pay: () => world.guest("confirm", { client_secret: clientSecret, payment_method: "pm_card_visa" }),
    };
  }

  test("is authorised by the webhook", async () => {
    const { booking, pay } = await waiting();
    await pay();
    expect(await world.reaches(booking, "authorised")).toMatchObject({ clientSecret: null });
  });

  test("is authorised without any webhook", async () => {
    world.stripe.setSwitches({ webhooks: "off" });
    const { booking, pay } = await waiting();
    await pay();
    await world.reaches(booking, "authorised");
    expect(await world.told(booking, "", "")).toEqual([
      "payment.action-required.v1",
      "payment.authorised.v1",
    ]);
  });

  test("who paid unseen before the hold ended is authorised, and given back when booking says it is too late", async () => {
    world.stripe.setSwitches({ webhooks: "hold" });
    const { booking, pay } = await waiting();
    await pay();
    await booking.expired();
    await world.reaches(booking, "authorised");
    await booking.expired(true);
    await world.reaches(booking, "voided");
    expect(world.books(booking)).toMatchObject([{ status: "canceled", captured: 0, voided: totalMinor }]);
  });

  test("who did not pay in time finds the intent cancelled", async () => {
    const { booking, pay } = await waiting();
    await booking.expired();
    await world.reaches(booking, "voided");
    expect(await pay()).toBe(400);
    expect(world.books(booking)).toMatchObject([{ status: "canceled", captured: 0 }]);
  });
});

describe("a cancelled booking", () => {
  test("gives an authorisation back", async () => {
    const booking = await authorised();
    await booking.cancelled(0);
    await world.reaches(booking, "voided");
    expect(world.books(booking)).toMatchObject([{ status: "canceled", captured: 0, voided: totalMinor }]);
  });

  test("takes only what is kept of an authorisation", async () => {
    const booking = await authorised();
    await booking.cancelled(2_500);
    await world.reaches(booking, "captured");
    expect(world.books(booking)).toMatchObject([{ captured: 2_500, voided: 7_500, refunded: 0 }]);
  });

  test.each([0, 2_500, 10_000])("keeps %i of what was captured and refunds the rest", async (keepMinor) => {
    const booking = await captured();
    await booking.cancelled(keepMinor);
    await until("the refund", () => world.books(booking)[0]?.refunded === totalMinor - keepMinor);
    if (keepMinor < totalMinor) await world.reaches(booking, "refunded");
    expect((await world.show(booking)).body).toMatchObject({
      capturedMinor: totalMinor,
      refundedMinor: totalMinor - keepMinor,
    });
  });
});

describe("a currency that Stripe counts in its own way", () => {
  test.each([
    ["ISK", 12_500, 1_250_000],
    ["MGA", 1_250_000, 12_500],
    ["HUF", 1_250_000, 1_250_000],
    ["KWD", 12_510, 12_510],
  ])("%s: %i minor units are %i there when charged, and half of them when given back", async (...row) => {
    const [currency, amountMinor, atStripe] = row;
    const booking = world.book({ total: { amountMinor, currency } });
    await booking.held("pm_card_visa");
    await world.reaches(booking, "authorised");
    await booking.confirmed();
    await world.reaches(booking, "captured");
    expect(world.books(booking)).toMatchObject([{ captured: atStripe, refunded: 0 }]);
    const keepMinor = currency === "KWD" ? 6_260 : amountMinor / 2;
    await booking.cancelled(keepMinor);
    await world.reaches(booking, "refunded");
    const refundedMinor = amountMinor - keepMinor;
    expect(world.books(booking)).toMatchObject([{ refunded: (refundedMinor * atStripe) / amountMinor }]);
    expect((await world.show(booking)).body).toMatchObject({ capturedMinor: amountMinor, refundedMinor });
  });
});

describe("when Stripe does it and the answer is lost", () => {
  test.each(["payment_intents.create", "payment_intents.capture", "refunds.create"])(
    "%s takes effect once",
    async (operation) => {
      world.stripe.setSwitches({ faults: [{ outcome: "cut-after", times: 2, operation }] });
      const booking = await captured();
      await booking.cancelled(4_000);
      await world.reaches(booking, "refunded");
      expect(world.books(booking)).toMatchObject([{ captured: totalMinor, refunded: 6_000 }]);
    },
  );

  test("payment_intents.cancel takes effect once", async () => {
    world.stripe.setSwitches({
      faults: [{ outcome: "cut-after", times: 2, operation: "payment_intents.cancel" }],
    });
    const booking = await authorised();
    await booking.cancelled(0);
    await world.reaches(booking, "voided");
    expect(await world.told(booking, "", "")).toEqual(["payment.authorised.v1", "payment.voided.v1"]);
  });
});

describe("when Stripe is in trouble", () => {
  test.each([429, 500, 502, 503] as const)("a payment goes on after answers of %i", async (status) => {
    world.stripe.setSwitches({ faults: [{ outcome: "failed", times: 2, status }] });
    const booking = await captured();
    expect(world.books(booking)).toMatchObject([{ captured: totalMinor }]);
  });

  test("a creation whose key Stripe answers with 500 for ever is made under another key", async () => {
    world.stripe.setSwitches({ faults: [{ outcome: "failed", operation: "payment_intents.create" }] });
    const booking = await authorised();
    const created = world.stripe.requests().filter(({ operation }) => operation === "payment_intents.create");
    expect(
      new Set(
        created
          .filter(({ idempotencyKey }) => idempotencyKey?.includes(booking.bookingId))
          .map(({ idempotencyKey }) => idempotencyKey),
      ).size,
    ).toBe(2);
    expect(world.books(booking)).toHaveLength(1);
  });

  test("a payment goes on after connections refused and answers too late", async () => {
    world.stripe.setSwitches({ refuseConnections: true });
    const booking = world.book();
    await booking.held("pm_card_visa");
    await until("a failure", async () => {
      const { rows } = await world.sql.query(
        "select failures from payments where booking_id = $1 and failures > 0",
        [booking.bookingId],
      );
      return rows.length === 1;
    });
    world.stripe.setSwitches({ refuseConnections: false, latencyMs: 600 });
    await until("the intent", () => world.books(booking).length === 1);
    world.stripe.resetSwitches();
    await world.reaches(booking, "authorised");
    expect(world.books(booking)).toHaveLength(1);
  });
});

test("while Stripe does not answer the service is ready and calls wait, uncounted; then all of them are made", async () => {
  const ask = async (path: string) =>
    (await fetch(`http://127.0.0.1:${world.port}${path}`, { signal: AbortSignal.timeout(5_000) })).text();
  const paused = async () => /payment_provider_paused\{[^}]*\} 1/.test(await ask("/metrics"));
  world.stripe.setSwitches({ refuseConnections: true });
  const bookings = Array.from({ length: 12 }, () => world.book());
  await Promise.all(bookings.map((booking) => booking.held("pm_card_visa")));
  await until("calls to wait", paused);
  expect(await ask("/readyz")).toContain("ready");
  // They are taken up again and again.
  await until("a call to have waited", async () =>
    /outcome="paused"[^}]*\} [1-9]/.test(await ask("/metrics")),
  );
  const counted = "select 1 from payments where failures > 3 or parked_reason is not null";
  expect((await world.sql.query(counted)).rowCount).toBe(0);
  world.stripe.resetSwitches();
  for (const booking of bookings) await world.reaches(booking, "authorised");
  expect(await paused()).toBe(false);
});

test("a payment is shown to its guest alone", async () => {
  const booking = await authorised();
  expect((await world.show(booking)).status).toBe(200);
  const other = await world.show({ ...booking, customerId: newId("usr") });
  expect(other).toMatchObject({ status: 404, body: { code: "payment/not-found" } });
});

test("nothing is left waiting, and our books agree with Stripe's to the cent", async () => {
  const kept = await world.sql.query<{ captured: number; refunded: number }>(
    `select sum(captured_minor)::int captured, sum(refunded_minor)::int refunded from payments
     where currency = 'EUR'`,
  );
  const { eur } = world.stripe.ledger().totals;
  expect(kept.rows[0]).toEqual({ captured: eur?.captured, refunded: eur?.refunded });
  expect((await world.sql.query("select 1 from payments where parked_reason is not null")).rowCount).toBe(0);
});
