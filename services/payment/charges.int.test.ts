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

async function captured(): Promise<TestBooking> {
  const booking = world.book();
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  await booking.confirmed();
  await world.reaches(booking, "captured");
  return booking;
}

/** Moved to a time that costs 3,000 more, and paid for. */
async function movedToDearer(): Promise<TestBooking> {
  const booking = await captured();
  await booking.changeHeld(2, 3_000, "pm_card_visa");
  await world.chargeReaches(booking, 2, "authorised");
  await booking.rescheduled(13_000, 2);
  await world.chargeReaches(booking, 2, "captured");
  return booking;
}

const kept = (booking: TestBooking) =>
  world.books(booking).reduce((sum, intent) => sum + intent.captured - intent.refunded, 0);

/** What the latest event about the booking's money says is kept. */
async function toldKept({ bookingId }: TestBooking): Promise<number | undefined> {
  const { rows } = await world.sql.query<{ kept: number }>(
    `select (envelope::json -> 'data' ->> 'keptMinor')::int as kept from outbox
     where envelope::json -> 'data' ->> 'bookingId' = $1 and envelope::json -> 'data' -> 'keptMinor' is not null
     order by id desc limit 1`,
    [bookingId],
  );
  return rows[0]?.kept;
}

describe("a booking moved to a dearer time", () => {
  test("has an intent of its own for the difference, shown to the guest beside the booking's own", async () => {
    const booking = await movedToDearer();
    expect(world.books(booking)).toMatchObject([{ captured: totalMinor }, { captured: 3_000 }]);
    expect((await world.show(booking)).body).toMatchObject({
      amount: { amountMinor: totalMinor },
      charges: [
        { charge: 1, status: "captured", capturedMinor: totalMinor },
        { charge: 2, status: "captured", capturedMinor: 3_000, clientSecret: null },
      ],
    });
    expect(await toldKept(booking)).toBe(13_000);
  });

  test.each(["cancelled", "noShow"] as const)(
    "%s later gives back from the difference first",
    async (end) => {
      const booking = await movedToDearer();
      await booking[end](9_000);
      await until("4,000 to be back", () => kept(booking) === 9_000);
      await until("both to be told of", async () => (await toldKept(booking)) === 9_000);
      const { charges } = (await world.show(booking)).body;
      expect(charges.map(({ refundedMinor }) => refundedMinor)).toEqual([1_000, 3_000]);
      const refunds = await world.sql.query<{ charge: number; amount_minor: string }>(
        "select charge, amount_minor from refunds where booking_id = $1 order by charge",
        [booking.bookingId],
      );
      expect(refunds.rows.map((row) => [row.charge, Number(row.amount_minor)])).toEqual([
        [1, 1_000],
        [2, 3_000],
      ]);
    },
  );

  test("is paid for in the guest's browser with the difference's own secret", async () => {
    const booking = await captured();
    await booking.changeHeld(2, 3_000);
    const { clientSecret } = await world.chargeReaches(booking, 2, "action-required");
    expect(
      await world.guest("confirm", { client_secret: clientSecret, payment_method: "pm_card_visa" }),
    ).toBe(200);
    await world.chargeReaches(booking, 2, "authorised");
    expect((await world.show(booking)).body.charges[0]?.status).toBe("captured");
  });

  test("ends the difference when it is dropped, and keeps the booking's own", async () => {
    const booking = await captured();
    await booking.changeHeld(2, 3_000);
    const { clientSecret } = await world.chargeReaches(booking, 2, "action-required");
    await booking.changeDropped(2);
    await world.chargeReaches(booking, 2, "voided");
    expect(
      await world.guest("confirm", { client_secret: clientSecret, payment_method: "pm_card_visa" }),
    ).toBe(400);
    expect(kept(booking)).toBe(totalMinor);
  });
});

test("a booking moved to a cheaper time gives back the difference", async () => {
  const booking = await captured();
  await booking.rescheduled(6_000);
  await world.reaches(booking, "refunded");
  expect(world.books(booking)).toMatchObject([{ captured: totalMinor, refunded: 4_000 }]);
  expect(await toldKept(booking)).toBe(6_000);
});

test("a booking that its vendor declined gives the authorisation back, and says so", async () => {
  const booking = world.book();
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  await booking.declined(true);
  await world.reaches(booking, "voided");
  expect(await world.told(booking, "", "")).toEqual(["payment.authorised.v1", "payment.voided.v1"]);
});

test("a cancellation that waited for the lock ends the charge that was added meanwhile", async () => {
  const booking = await captured();
  const locker = await world.sql.connect();
  await locker.query("begin");
  await locker.query("select 1 from payments where booking_id = $1 for update", [booking.bookingId]);
  await booking.cancelled(0);
  await until("the cancellation to wait", async () => {
    const { rowCount } = await world.sql.query(
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%from \"payments\"%for update%'",
    );
    return (rowCount ?? 0) > 0;
  });
  // As the consumer of held changes does it, under the lock of charge 1.
  await locker.query(
    `insert into payments select (json_populate_record(p, '{"charge": 2, "id": "pay_01h455vb4pex5vsknk084sn02q",
       "amount_minor": 3000, "asked": "authorise", "target_minor": null, "status": "requested", "intent_id": null,
       "intent_state": null, "authorised_minor": 0, "captured_minor": 0, "fee_minor": null, "fee_currency": null,
       "version": 0, "calls": 0}')).*
     from payments p where booking_id = $1`,
    [booking.bookingId],
  );
  await locker.query("update payments set charges = 2 where booking_id = $1 and charge = 1", [
    booking.bookingId,
  ]);
  await locker.query("commit");
  locker.release();
  await world.chargeReaches(booking, 2, "voided");
  await world.reaches(booking, "refunded");
  expect(kept(booking)).toBe(0);
  expect(world.books(booking)).toHaveLength(1);
});

test("webhooks late, doubled and shuffled find the charge they are about", async () => {
  world.stripe.setSwitches({
    webhooks: { delayMs: 50, duplicate: 2, reorder: { window: 4, seed: 3, waitMs: 100 } },
  });
  const booking = await movedToDearer();
  await booking.cancelled(1_000);
  await until("the refunds", () => kept(booking) === 1_000);
  await until(
    "all webhooks",
    () => world.stripe.webhooks().waiting === 0 && world.stripe.webhooks().held === 0,
  );
  const open = "select 1 from stripe_events where processed_at is null";
  await until("all acted on", async () => (await world.sql.query(open)).rowCount === 0);
  const { rowCount } = await world.sql.query(
    "select 1 from stripe_events where outcome in ('mismatch', 'foreign')",
  );
  expect(rowCount).toBe(0);
  world.stripe.resetSwitches();
});

test("nothing is left waiting, and our books agree with Stripe's to the cent", async () => {
  await until("no call under way", async () => {
    return (await world.sql.query("select 1 from payments where call is not null")).rowCount === 0;
  });
  const books = await world.sql.query<{ captured: number; refunded: number }>(
    "select sum(captured_minor)::int captured, sum(refunded_minor)::int refunded from payments",
  );
  const { eur } = world.stripe.ledger().totals;
  expect(books.rows[0]).toEqual({ captured: eur?.captured, refunded: eur?.refunded });
  expect((await world.sql.query("select 1 from payments where parked_reason is not null")).rowCount).toBe(0);
});
