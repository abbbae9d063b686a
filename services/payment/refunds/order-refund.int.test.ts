import { refundSucceeded } from "@holdfast/contracts/events/payment";
import type { Role } from "@holdfast/contracts/access";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { disputesIn } from "../disputes/dispute-world.fixture.ts";
import { documentsOf, makeKnown } from "../documents/paid-bookings.fixture.ts";
import { expectBooksAgree } from "../books-agree.fixture.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "../payment-service.fixture.ts";

let world: PaymentWorld;
const admin = newId("usr");

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

/** Somebody with that role at the booking's vendor. */
async function member({ vendorId }: TestBooking, role: MemberRole): Promise<Id<"usr">> {
  const userId = newId("usr");
  await world.sql.query(
    "insert into vendor_members (vendor_id, user_id, role, version) values ($1, $2, $3, 1)",
    [vendorId, userId, role],
  );
  return userId;
}

interface Asked {
  readonly amountMinor: number;
  readonly currency?: string;
  readonly by?: Id<"usr">;
  readonly role?: Role;
  readonly key?: string;
}

async function order({ bookingId }: TestBooking, asked: Asked) {
  const { amountMinor, currency = "EUR", by = admin, role = "admin", key = crypto.randomUUID() } = asked;
  const response = await fetch(`http://127.0.0.1:${world.port}/v1/bookings/${bookingId}/refunds`, {
    method: "POST",
    headers: {
      ...world.signer.authorization({ userId: by, roles: [role] }),
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify({ amountMinor, currency, reason: "The pipe burst" }),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const kept = (booking: TestBooking) =>
  world.books(booking).reduce((sum, intent) => sum + intent.captured - intent.refunded, 0);

const keeps = (booking: TestBooking, amountMinor: number) =>
  until(`${amountMinor} to be kept`, () => kept(booking) === amountMinor);

/** What the latest refund's event says. */
const told = ({ bookingId }: TestBooking, keptMinor: number) =>
  until(`${keptMinor} to be told`, async () =>
    (await world.tap.collected(refundSucceeded)).find(
      ({ data }) => data.bookingId === bookingId && data.keptMinor === keptMinor,
    ),
  );

describe("money that is given back as a goodwill", () => {
  test("goes back in parts, recorded with who and why, until nothing more is kept", async () => {
    const booking = await captured();
    const by = await member(booking, "manager");
    const first = await order(booking, { amountMinor: 2_500, by, role: "vendor" });
    expect(first).toMatchObject({
      status: 201,
      body: { amount: { amountMinor: 2_500 }, orderedBy: by, left: { amountMinor: totalMinor - 2_500 } },
    });
    await keeps(booking, totalMinor - 2_500);
    expect((await told(booking, totalMinor - 2_500)).data).toMatchObject({ goodwillMinor: 2_500 });
    await order(booking, { amountMinor: totalMinor - 2_500, by, role: "vendor" });
    await keeps(booking, 0);
    expect((await told(booking, 0)).data).toMatchObject({ goodwillMinor: totalMinor });
    const refused = await order(booking, { amountMinor: 1, by, role: "vendor" });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: "payment/refund-exceeds-kept", givableMinor: 0, errors: [{ field: "amountMinor" }] },
    });
    const orders = await world.sql.query(
      "select amount_minor::int, ordered_by, reason from refund_orders where booking_id = $1 order by id",
      [booking.bookingId],
    );
    expect(orders.rows).toEqual([
      { amount_minor: 2_500, ordered_by: by, reason: "The pipe burst" },
      { amount_minor: totalMinor - 2_500, ordered_by: by, reason: "The pipe burst" },
    ]);
  });

  test("is refused in another currency, too fine an amount, of money that is not taken yet, disputed, or with the vendor, each saying why", async () => {
    const booking = world.book();
    await booking.held("pm_card_visa");
    await world.reaches(booking, "authorised");
    expect(await order(booking, { amountMinor: 1 })).toMatchObject({
      status: 409,
      body: { code: "payment/refund-before-capture", givableMinor: 0, errors: [{ field: "amountMinor" }] },
    });
    expect(await order(booking, { amountMinor: 1, currency: "USD" })).toMatchObject({
      status: 422,
      body: { code: "payment/refund-in-other-currency", errors: [{ field: "currency" }] },
    });
    const dinars = world.book({ total: { amountMinor: 10_000, currency: "KWD" } });
    await dinars.held("pm_card_visa");
    await world.reaches(dinars, "authorised");
    expect(await order(dinars, { amountMinor: 1_234, currency: "KWD" })).toMatchObject({
      status: 422,
      body: { code: "payment/refund-too-fine", errors: [{ field: "amountMinor" }] },
    });
    const disputed = await captured();
    const at = disputesIn(world);
    await at.dispute(disputed);
    await at.reachesState(disputed, "open");
    expect(await order(disputed, { amountMinor: 1 })).toMatchObject({
      status: 409,
      body: { code: "payment/refund-while-disputed", givableMinor: 0 },
    });
    const inPerson = world.book();
    await inPerson.held({ provider: "on-arrival" });
    await world.reaches(inPerson, "authorised");
    await inPerson.confirmed();
    await world.reaches(inPerson, "captured");
    expect(await order(inPerson, { amountMinor: 1 })).toMatchObject({
      status: 409,
      body: { code: "payment/refund-of-paid-on-arrival", givableMinor: 0 },
    });
  });

  test("is ordered by the vendor's managers, owners and administrators alone; strangers are not told that it exists", async () => {
    const [booking, another] = [await captured(), await captured()];
    for (const role of ["manager", "owner"] as const) {
      const by = await member(booking, role);
      expect((await order(booking, { amountMinor: 1, by, role: "vendor" })).status).toBe(201);
    }
    expect((await order(booking, { amountMinor: 1 })).status).toBe(201);
    const strangers = [await member(booking, "staff"), await member(another, "owner")];
    for (const by of strangers) {
      expect(await order(booking, { amountMinor: 1, by, role: "vendor" })).toMatchObject({
        status: 404,
        body: { code: "payment/not-found" },
      });
    }
    const guest = { amountMinor: 1, by: booking.customerId, role: "customer" } as const;
    expect((await order(booking, guest)).status).toBe(403);
    await keeps(booking, totalMinor - 3);
  });

  test("goes back once for its key, and never more than is kept whoever orders at once", async () => {
    const booking = await captured();
    const key = crypto.randomUUID();
    const [first, again] = [
      await order(booking, { amountMinor: 1_000, key }),
      await order(booking, { amountMinor: 1_000, key }),
    ];
    expect(again.body).toEqual(first.body);
    const orders = await Promise.all(Array.from({ length: 6 }, () => order(booking, { amountMinor: 4_000 })));
    expect(orders.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201, 201, 422, 422, 422, 422,
    ]);
    await keeps(booking, 1_000);
  });

  test("goes back from the latest charge first", async () => {
    const booking = await captured();
    await booking.changeHeld(2, 3_000, "pm_card_visa");
    await world.chargeReaches(booking, 2, "authorised");
    await booking.rescheduled(totalMinor + 3_000, 2);
    await world.chargeReaches(booking, 2, "captured");
    await order(booking, { amountMinor: 5_000 });
    await told(booking, totalMinor - 2_000);
    const { charges } = (await world.show(booking)).body;
    expect(charges.map(({ refundedMinor }) => refundedMinor)).toEqual([2_000, 3_000]);
  });

  test("comes on top of what a later cancellation gives back by its terms", async () => {
    const booking = await captured();
    await order(booking, { amountMinor: 2_000 });
    await keeps(booking, totalMinor - 2_000);
    await booking.cancelled(5_000);
    await keeps(booking, 3_000);
    expect((await told(booking, 3_000)).data).toMatchObject({ goodwillMinor: 2_000 });
    const { rowCount } = await world.sql.query(
      "select 1 from payments where booking_id = $1 and parked_reason is not null",
      [booking.bookingId],
    );
    expect(rowCount).toBe(0);
  });

  test("after the booking was settled has its vendor, the platform and tax give their shares back, and is credited", async () => {
    const booking = await captured();
    makeKnown(world, booking);
    await booking.completed();
    const settled = (times: number) =>
      until(`settled ${times} times`, async () => {
        const { rows } = await world.sql.query(
          "select * from settlements where booking_id = $1 and times = $2 and not due",
          [booking.bookingId, times],
        );
        return rows[0];
      });
    await settled(1);
    await order(booking, { amountMinor: 5_000 });
    expect(await settled(2)).toMatchObject({ refunded_minor: "5000" });
    const documents = await documentsOf(world, booking, 2);
    expect(documents.find(({ kind }) => kind === "credit-note")?.total.amountMinor).toBe(5_000);
  });
});
