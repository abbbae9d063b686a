import { createHmac } from "node:crypto";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
  webhookSecret,
} from "../payment-service.fixture.ts";

let world: PaymentWorld;

beforeAll(async () => {
  world = await startPaymentWorld();
}, 120_000);

afterEach(() => {
  world.stripe.resetSwitches();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function captured(): Promise<TestBooking> {
  const booking = world.book();
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  await booking.confirmed();
  await world.reaches(booking, "captured");
  return booking;
}

describe("webhooks", () => {
  const post = (body: string, signature: string) =>
    fetch(`http://127.0.0.1:${world.port}/v1/webhooks/stripe`, {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": signature },
      body,
    });
  const sign = (body: string, secret: string, at = Math.floor(Date.now() / 1000)) =>
    `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;

  test.each([
    ["of another secret", (body: string) => sign(body, "whsec_forged")],
    [
      "from ten minutes ago",
      (body: string) => sign(body, webhookSecret, Math.floor(Date.now() / 1000) - 600),
    ],
    ["that is none", () => "v1=abc"],
  ])("are refused with a signature %s", async (_, signature) => {
    const body = JSON.stringify({
      id: "evt_forged",
      object: "event",
      type: "payment_intent.succeeded",
      data: { object: {} },
    });
    const response = await post(body, signature(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "payment/webhook-signature-invalid" });
    expect((await world.sql.query("select 1 from stripe_events where id = 'evt_forged'")).rowCount).toBe(0);
  });

  test("that contradict the payment they name are stored and not applied", async () => {
    const booking = world.book();
    await booking.held();
    const { paymentId } = await world.reaches(booking, "action-required");
    const id = `evt_${newId("evt")}`;
    const object = {
      id: world.books(booking)[0]?.id,
      object: "payment_intent",
      status: "requires_capture",
      amount: 100,
      amount_capturable: 100,
      amount_received: 0,
      currency: "eur",
      client_secret: null,
      latest_charge: null,
      metadata: { booking_id: booking.bookingId, payment_id: paymentId },
    };
    const body = JSON.stringify({
      id,
      object: "event",
      type: "payment_intent.amount_capturable_updated",
      data: { object },
    });
    expect((await post(body, sign(body, "whsec_the_next_one"))).status).toBe(204);
    const outcome = async () =>
      (await world.sql.query<{ outcome: string }>("select outcome from stripe_events where id = $1", [id]))
        .rows[0]?.outcome;
    expect(await until("its outcome", outcome)).toBe("mismatch");
    expect((await world.show(booking)).body.status).toBe("action-required");
  });

  test("late, doubled and shuffled change nothing", async () => {
    world.stripe.setSwitches({
      webhooks: { delayMs: 100, duplicate: 2, reorder: { window: 8, seed: 7, waitMs: 200 } },
    });
    const bookings = await Promise.all(Array.from({ length: 5 }, captured));
    await Promise.all(bookings.map((booking) => booking.cancelled(1_000)));
    await Promise.all(bookings.map((booking) => world.reaches(booking, "refunded")));
    await until(
      "all webhooks",
      () => world.stripe.webhooks().waiting === 0 && world.stripe.webhooks().held === 0,
    );
    await until(
      "all acted on",
      async () =>
        (await world.sql.query("select 1 from stripe_events where processed_at is null")).rowCount === 0,
    );
    for (const booking of bookings) {
      expect(world.books(booking)).toMatchObject([{ captured: totalMinor, refunded: 9_000 }]);
      expect(await world.told(booking, "", "", "")).toEqual([
        "payment.authorised.v1",
        "payment.captured.v1",
        "refund.succeeded.v1",
      ]);
    }
    expect(world.stripe.webhooks().failedAttempts).toBe(0);
  });
});
