import { type PostgresHandle, startPostgres } from "@holdfast/testkit/servers/postgres";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBooksAgree } from "./books-agree.fixture.ts";
import {
  type KillableWorld,
  startKillableWorld,
  type TestBooking,
  totalMinor,
} from "./payment-service.fixture.ts";

let postgres: PostgresHandle;
let world: KillableWorld;

/** A successor begins its predecessor's calls at its start: what is left is its start and the work itself. */
const healedWithinMs = 10_000;

beforeAll(async () => {
  postgres = await startPostgres();
  world = await startKillableWorld({}, postgres);
}, 120_000);

afterEach(() => {
  world.stripe.resetSwitches();
});

afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  }
});

/** Waits until the payment's row says that a call of this kind is under way. */
async function calling({ bookingId }: TestBooking, purpose: string): Promise<void> {
  await until(`${purpose} to be under way`, async () => {
    const { rowCount } = await world.sql.query(
      "select 1 from payments where booking_id = $1 and call ->> 'purpose' = $2",
      [bookingId, purpose],
    );
    return rowCount === 1;
  });
}

async function authorised(): Promise<TestBooking> {
  const booking = world.book();
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  return booking;
}

test("killed between writing the call down and Stripe's doing it: the successor makes it, once", async () => {
  world.stripe.setSwitches({ refuseConnections: true });
  const booking = world.book();
  await booking.held("pm_card_visa");
  await calling(booking, "create");
  await world.kill();
  expect(world.books(booking)).toEqual([]);
  world.stripe.resetSwitches();
  await world.start();
  await world.reaches(booking, "authorised", healedWithinMs);
  expect(world.books(booking)).toMatchObject([{ status: "requires_capture", authorised: totalMinor }]);
});

test.each([
  ["an authorisation", "create", "authorised", { authorised: totalMinor, capturable: totalMinor }],
  ["a payment taken at once", "create", "authorised", { captured: totalMinor, refunded: 0 }],
  ["a capture", "capture", "captured", { captured: totalMinor, refunded: 0 }],
  ["a refund", "refund", "refunded", { captured: totalMinor, refunded: 7_000 }],
] as const)(
  "killed between Stripe's doing %s and our recording it: it took effect once",
  async (_, purpose, status, books) => {
    const booking = purpose === "create" ? world.book() : await authorised();
    const capture = "captured" in books ? "immediate" : undefined;
    if (purpose === "refund") {
      await booking.confirmed();
      await world.reaches(booking, "captured");
    }
    world.stripe.setSwitches({ latencyMs: 300 });
    if (purpose === "create") await booking.held({ paymentMethod: "pm_card_visa", capture });
    else if (purpose === "capture") await booking.confirmed();
    else await booking.cancelled(3_000);
    await calling(booking, purpose);
    // The row is locked here, so that the answer cannot be recorded once it comes.
    const locker = await world.sql.connect();
    await locker.query("begin");
    await locker.query("select 1 from payments where booking_id = $1 for update", [booking.bookingId]);
    await until("Stripe to have done it", () => {
      const [entry] = world.books(booking);
      return (
        entry !== undefined &&
        Object.entries(books).every(([name, amount]) => entry[name as keyof typeof entry] === amount)
      );
    });
    await world.kill();
    await locker.query("rollback");
    locker.release();
    world.stripe.resetSwitches();
    await world.start();
    await world.reaches(booking, status, healedWithinMs);
    expect(world.books(booking)).toMatchObject([books]);
  },
);

test("killed between Stripe's doing the capture of a difference and our recording it: it was taken once", async () => {
  const booking = await authorised();
  await booking.confirmed();
  await world.reaches(booking, "captured");
  await booking.changeHeld(2, 2_500, "pm_card_visa");
  await world.chargeReaches(booking, 2, "authorised");
  world.stripe.setSwitches({ latencyMs: 300 });
  await booking.rescheduled(totalMinor + 2_500, 2);
  await calling(booking, "capture");
  const locker = await world.sql.connect();
  await locker.query("begin");
  await locker.query("select 1 from payments where booking_id = $1 for update", [booking.bookingId]);
  const captured = () => world.books(booking).map((intent) => intent.captured);
  await until("Stripe to have done it", () => captured().includes(2_500));
  await world.kill();
  await locker.query("rollback");
  locker.release();
  world.stripe.resetSwitches();
  await world.start();
  await until("the capture to be recorded", async () => {
    const { charges } = (await world.show(booking)).body;
    return charges.find(({ charge }) => charge === 2)?.capturedMinor === 2_500;
  });
  expect(captured().toSorted((a, b) => a - b)).toEqual([2_500, totalMinor]);
});

test("killed between Stripe's taking a balance without the guest and our recording it: it was taken once", async () => {
  const at = (hours: number) =>
    Temporal.Now.instant().add({ hours }).toString({ smallestUnit: "millisecond" });
  const amount = { amountMinor: 7_000, currency: "EUR" };
  const balance = { charge: 2, amount, dueAt: at(-1), givesUpAt: at(71) };
  const booking = world.book({ balance, startsAt: at(100), endsAt: at(101) });
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  world.stripe.setSwitches({ latencyMs: 300 });
  await booking.confirmed();
  await until("the balance to be asked for", async () => {
    const { rowCount } = await world.sql.query(
      "select 1 from payments where booking_id = $1 and charge = 2 and call ->> 'purpose' = 'create'",
      [booking.bookingId],
    );
    return rowCount === 1;
  });
  const locker = await world.sql.connect();
  await locker.query("begin");
  await locker.query("select 1 from payments where booking_id = $1 for update", [booking.bookingId]);
  const captured = () => world.books(booking).map((intent) => intent.captured);
  await until("Stripe to have taken it", () => captured().includes(7_000));
  await world.kill();
  await locker.query("rollback");
  locker.release();
  world.stripe.resetSwitches();
  await world.start();
  await world.chargeReaches(booking, 2, "captured");
  await world.reaches(booking, "captured");
  expect(captured()).toEqual([3_000, 7_000]);
});

test("killed a second time in the middle of its recovery: still once", async () => {
  world.stripe.setSwitches({ latencyMs: 350 });
  const bookings = Array.from({ length: 10 }, () => world.book());
  await Promise.all(bookings.map((booking) => booking.held("pm_card_visa")));
  await Promise.all(bookings.map((booking) => calling(booking, "create")));
  await world.kill();
  await world.start();
  await world.kill();
  world.stripe.resetSwitches();
  await world.start();
  for (const booking of bookings) {
    await world.reaches(booking, "authorised", healedWithinMs);
    expect(world.books(booking)).toHaveLength(1);
  }
});

test("Stripe away while bookings are confirmed and cancelled: all of it is done when it is back", async () => {
  const [kept, given] = await Promise.all([authorised(), authorised()]);
  world.stripe.setSwitches({ refuseConnections: true });
  await kept.confirmed();
  await given.cancelled(0);
  await calling(kept, "capture");
  await calling(given, "cancel");
  world.stripe.resetSwitches();
  await world.reaches(kept, "captured");
  await world.reaches(given, "voided");
  expect(world.books(kept)).toMatchObject([{ captured: totalMinor }]);
  expect(world.books(given)).toMatchObject([{ captured: 0, voided: totalMinor }]);
});

test("Postgres restarted while Stripe answers: nothing is lost and nothing is done twice", async () => {
  world.stripe.setSwitches({ latencyMs: 350 });
  const bookings = Array.from({ length: 10 }, () => world.book());
  await Promise.all(bookings.map((booking) => booking.held("pm_card_visa")));
  await until("some intents", () => bookings.some((booking) => world.books(booking).length > 0));
  await postgres.kill9();
  await postgres.start();
  world.stripe.resetSwitches();
  for (const booking of bookings) {
    await until("the service to answer", async () => (await world.show(booking)).status !== 503);
    await world.reaches(booking, "authorised", 30_000);
    expect(world.books(booking)).toHaveLength(1);
  }
});
