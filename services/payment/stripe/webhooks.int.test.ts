import { createHmac } from "node:crypto";
import { userErased } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "../books-agree.fixture.ts";
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
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

async function captured(): Promise<TestBooking> {
  const booking = world.book();
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  await booking.confirmed();
  await world.reaches(booking, "captured");
  return booking;
}

/** An event as Stripe sends it, before it is signed. */
interface Forged {
  readonly type?: string;
  readonly object?: object;
  readonly account?: string;
  readonly livemode?: boolean;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

describe("webhooks", () => {
  const post = (body: string, signature: string) =>
    fetch(`http://127.0.0.1:${world.port}/v1/webhooks/stripe`, {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": signature },
      body,
      signal: AbortSignal.timeout(10_000),
    });
  const sign = (body: string, secret: string, at = nowSeconds()) =>
    `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
  const eventOf = ({
    type = "payment_intent.succeeded",
    object = {},
    livemode = false,
    account,
  }: Forged = {}) => {
    const id = `evt_${newId("evt")}`;
    const event = { id, object: "event", type, livemode, ...(account && { account }), data: { object } };
    return { id, body: JSON.stringify(event) };
  };
  /** An intent as Stripe would tell of it, of a booking's payment and its own, with what is claimed of it. */
  const intentOf = async (booking: TestBooking, claimed: object) => {
    const { paymentId } = (await world.show(booking)).body;
    return {
      id: world.books(booking)[0]?.id,
      object: "payment_intent",
      status: "requires_capture",
      amount: totalMinor,
      amount_capturable: totalMinor,
      amount_received: 0,
      currency: "eur",
      client_secret: null,
      latest_charge: null,
      metadata: { booking_id: booking.bookingId, payment_id: paymentId },
      ...claimed,
    };
  };
  const stored = async (id: string) =>
    (
      await world.sql.query<{ outcome: string | null; payload: string }>(
        "select outcome, payload::text as payload from stripe_events where id = $1",
        [id],
      )
    ).rows[0];
  const outcomeOf = (id: string) =>
    until(`the outcome of ${id}`, async () => (await stored(id))?.outcome ?? undefined);

  /** A payment that waits for its guest. */
  async function waiting(): Promise<TestBooking> {
    const booking = world.book();
    await booking.held();
    await world.reaches(booking, "action-required");
    return booking;
  }

  test.each([
    ["of another secret", (body: string) => sign(body, "whsec_forged")],
    ["older than five minutes", (body: string) => sign(body, webhookSecret, nowSeconds() - 310)],
    ["of another body", () => sign("{}", webhookSecret)],
    ["that is none", () => "v1=abc"],
    ["left out", () => ""],
  ])("are refused with a signature %s, and leave nothing behind", async (_, signature) => {
    const { id, body } = eventOf();
    const response = await post(body, signature(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "payment/webhook-signature-invalid" });
    expect(await stored(id)).toBeUndefined();
  });

  test.each([
    ["almost five minutes old", (body: string) => sign(body, webhookSecret, nowSeconds() - 280)],
    ["of the secret to come", (body: string) => sign(body, "whsec_the_next_one")],
    [
      "of both secrets, as while one takes the other's place",
      (body: string) => `${sign(body, "whsec_an_old_one")},${sign(body, webhookSecret).split(",")[1]}`,
    ],
  ])("are taken in with a signature %s, as the very text that came", async (_, signature) => {
    const { id, body } = eventOf({ type: "product.updated" });
    expect((await post(body, signature(body))).status).toBe(204);
    expect(await stored(id)).toEqual({ outcome: "ignored", payload: body });
  });

  test("of what a guest is called or pays by, are taken in without what they tell", async () => {
    const { id, body } = eventOf({ type: "payment_method.attached" });
    expect((await post(body, sign(body, webhookSecret))).status).toBe(204);
    expect(await stored(id)).toEqual({ outcome: "ignored", payload: "{}" });
  });

  test("of a guest who is erased, stored as it happens or coming later, keep nothing of what they tell", async () => {
    const booking = await captured();
    const { customerId: userId, bookingId } = booking;
    const storing = await world.sql.connect();
    await storing.query("begin");
    await storing.query(
      `insert into stripe_events (id, type, booking_id, payload, outcome, processed_at)
       values ('evt_storing', 'charge.succeeded', $1, '{"name":"Ana"}', 'known', now())`,
      [bookingId],
    );
    try {
      await world.tap.emit(userErased, { subject: userId, version: 2, data: { userId } });
      await until("the erasure to wait for it", async () => {
        const waits =
          "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table%'";
        return ((await world.sql.query(waits)).rowCount ?? 0) > 0;
      });
      await storing.query("commit");
    } finally {
      storing.release(true);
    }
    await until("nothing to be told", async () => (await stored("evt_storing"))?.payload === "{}");
    const intent = await intentOf(booking, { status: "succeeded", amount_received: totalMinor });
    const { client_secret: _, latest_charge: __, ...charge } = intent;
    const refunded = { ...charge, payment_intent: intent.id, captured: true, amount_captured: totalMinor };
    const known = eventOf({ object: intent });
    const looked = eventOf({ type: "charge.refunded", object: { ...refunded, amount_refunded: 1 } });
    for (const { id, body } of [known, looked]) {
      expect((await post(body, sign(body, webhookSecret))).status).toBe(204);
      expect(await outcomeOf(id)).toBe(id === known.id ? "known" : "looked");
      expect((await stored(id))?.payload).toBe("{}");
    }
  });

  test("of the other mode, test or live, are refused", async () => {
    const { id, body } = eventOf({ livemode: true });
    const response = await post(body, sign(body, webhookSecret));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "payment/webhook-of-other-mode" });
    expect(await stored(id)).toBeUndefined();
  });

  test("are answered only once they are stored for good", async () => {
    const { id, body } = eventOf({ type: "customer.updated" });
    const locker = await world.sql.connect();
    let answered = false;
    await locker.query("begin");
    await locker.query("lock table stripe_events in exclusive mode");
    const response = post(body, sign(body, webhookSecret)).finally(() => (answered = true));
    await until("the event to wait for the table", async () => {
      const waits =
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into stripe_events%'";
      return ((await world.sql.query(waits)).rowCount ?? 0) > 0;
    });
    expect(answered).toBe(false);
    await locker.query("rollback");
    locker.release();
    expect((await response).status).toBe(204);
    expect(await stored(id)).toBeDefined();
  });

  test("delivered many times at once are stored once, and each time answered", async () => {
    const { id, body } = eventOf({ type: "customer.updated" });
    const signature = sign(body, webhookSecret);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(body, signature)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 204));
    expect((await world.sql.query("select 1 from stripe_events where id = $1", [id])).rowCount).toBe(1);
  });

  test.each([
    ["another amount", { amount: 100, amount_capturable: 100 }],
    ["another currency", { currency: "usd" }],
    ["another payment", { metadata: { payment_id: newId("pay") } }],
    ["another intent", { id: "pi_of_nobody" }],
  ])("that name %s than the payment's are stored and not applied", async (_, claimed) => {
    const booking = await waiting();
    const object = await intentOf(booking, claimed);
    object.metadata = { ...object.metadata, booking_id: booking.bookingId };
    const { id, body } = eventOf({ type: "payment_intent.amount_capturable_updated", object });
    expect((await post(body, sign(body, webhookSecret))).status).toBe(204);
    expect(await outcomeOf(id)).toBe("mismatch");
    expect((await world.show(booking)).body.status).toBe("action-required");
  });

  test("from a vendor's account, where the vendor writes what it likes, move no payment", async () => {
    const booking = await waiting();
    const type = "payment_intent.amount_capturable_updated";
    const object = await intentOf(booking, {});
    const { id, body } = eventOf({ type, object, account: "acct_of_a_vendor" });
    expect((await post(body, sign(body, webhookSecret))).status).toBe(204);
    expect(await outcomeOf(id)).toBe("mismatch");
    expect((await world.show(booking)).body.status).toBe("action-required");
  });

  test("from one vendor's account about another's are not acted upon", async () => {
    const object = { id: "acct_of_a_vendor", object: "account" };
    const { id, body } = eventOf({ type: "account.updated", object, account: "acct_of_another" });
    expect((await post(body, sign(body, webhookSecret))).status).toBe(204);
    expect(await outcomeOf(id)).toBe("mismatch");
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
