import { vendorMemberAdded } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "../books-agree.fixture.ts";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "../payment-service.fixture.ts";
import { chargeFeeMinor, disputeFeeMinor, disputesIn } from "./dispute-world.fixture.ts";

let world: PaymentWorld;
let at: ReturnType<typeof disputesIn>;
beforeAll(async () => {
  world = await startPaymentWorld();
  at = disputesIn(world);
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

const vendorMinor = 8_740;

describe("a dispute", () => {
  test("is recorded from what Stripe says of it, booked, told, and holds back what its vendor is owed", async () => {
    const booking = await at.completed();
    const providerId = await at.dispute(booking);
    const view = await at.reachesState(booking, "open");
    const { paymentId } = (await world.show(booking)).body;
    expect(view).toMatchObject({
      bookingId: booking.bookingId,
      charge: 1,
      paymentId,
      vendorId: booking.vendorId,
      providerId,
      providerStatus: "needs_response",
      disputed: { amountMinor: totalMinor, currency: "EUR" },
      reason: "fraudulent",
      closedAt: null,
    });
    expect(Temporal.Instant.from(view.answerDueBy!).epochMilliseconds).toBeGreaterThan(Date.now());
    await until("the withdrawal", async () => (await at.balancesOf(booking))["disputed"] === totalMinor);
    expect(await at.balancesOf(booking)).toMatchObject({
      stripe: -chargeFeeMinor - disputeFeeMinor,
      "stripe-fee": chargeFeeMinor + disputeFeeMinor,
    });
    expect(await at.itemsOf(booking)).toEqual([[vendorMinor, true]]);
    const told = await world.told(booking, "", "", "");
    expect(told.filter((type) => type.includes("disput"))).toEqual(["payment.disputed.v1"]);
  });

  test("that opens before the booking is settled holds back what is settled then", async () => {
    const booking = await at.captured();
    await at.dispute(booking);
    await at.reachesState(booking, "open");
    await booking.completed();
    await at.settled(booking);
    expect(await at.itemsOf(booking)).toEqual([[vendorMinor, true]]);
  });

  test("that is won brings the money back, and the vendor is sent theirs", async () => {
    const booking = await at.completed();
    const id = await at.dispute(booking);
    await at.reachesState(booking, "open");
    await at.decide(id, "won");
    expect(await at.reachesState(booking, "won")).toMatchObject({ fee: { amountMinor: disputeFeeMinor } });
    await until("what was withdrawn", async () => !("disputed" in (await at.balancesOf(booking))));
    expect(await at.balancesOf(booking)).toMatchObject({
      stripe: totalMinor - chargeFeeMinor - disputeFeeMinor,
    });
    expect(await at.itemsOf(booking)).toEqual([[vendorMinor, false]]);
    const told = await world.told(booking, "", "", "", "");
    expect(told.slice(-2)).toEqual(["payment.disputed.v1", "payment.dispute-closed.v1"]);
  });

  test("that is lost is taken from vendor, tax and commission as a refund is, and the fee stays the platform's", async () => {
    const booking = await at.completed();
    const id = await at.dispute(booking);
    await at.reachesState(booking, "open");
    await at.decide(id, "lost");
    await at.reachesState(booking, "lost");
    await at.settled(booking, 2);
    expect(await at.balancesOf(booking)).toEqual({
      stripe: -chargeFeeMinor - disputeFeeMinor,
      "stripe-fee": chargeFeeMinor + disputeFeeMinor,
    });
    expect(await at.itemsOf(booking)).toEqual([
      [vendorMinor, false],
      [-vendorMinor, false],
    ]);
    expect((await world.show(booking)).body).toMatchObject({
      capturedMinor: totalMinor,
      refundedMinor: 0,
      chargedBackMinor: totalMinor,
    });
  });

  test("of a part that is lost takes that part alone", async () => {
    const booking = await at.completed();
    const id = await at.dispute(booking, 2_500);
    await at.reachesState(booking, "open");
    await at.decide(id, "lost");
    await at.settled(booking, 2);
    const { stripe, ...shared } = await at.balancesOf(booking);
    expect(stripe).toBe(7_500 - chargeFeeMinor - disputeFeeMinor);
    expect(shared).toEqual({
      "stripe-fee": chargeFeeMinor + disputeFeeMinor,
      tax: -1_198,
      "platform-fee": -945,
      "vendor-payable": -5_357,
    });
  });

  test("of more than was still kept costs the platform what the guest now has twice", async () => {
    const booking = await at.captured();
    await booking.cancelled(6_000);
    await world.reaches(booking, "refunded");
    await at.settled(booking);
    const id = await at.dispute(booking, totalMinor);
    await at.reachesState(booking, "open");
    await at.decide(id, "lost");
    await at.settled(booking, 2);
    expect(await at.balancesOf(booking)).toEqual({
      stripe: -4_000 - chargeFeeMinor - disputeFeeMinor,
      "stripe-fee": chargeFeeMinor + disputeFeeMinor,
      "write-off": 4_000,
    });
  });
});

describe("money back", () => {
  const refundsAsked = (booking: TestBooking) => {
    const keys = world.stripe.requests().flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
    return keys.filter((key) => key.includes(booking.bookingId) && key.includes(":refund:"));
  };

  test("is not asked for while the charge is disputed, and is given once the dispute is won", async () => {
    const booking = await at.captured();
    const id = await at.dispute(booking);
    await at.reachesState(booking, "open");
    await booking.cancelled(1_000);
    await until("the cancellation", async () => {
      const { rowCount } = await world.sql.query(
        "select 1 from payments where booking_id = $1 and target_minor = 1000 and call is null",
        [booking.bookingId],
      );
      return rowCount === 1;
    });
    expect(refundsAsked(booking)).toEqual([]);
    await at.decide(id, "won");
    await world.reaches(booking, "refunded");
    expect(world.books(booking)).toMatchObject([{ captured: totalMinor, refunded: 9_000 }]);
  });

  test("is not asked for at all once the dispute is lost: the guest has it", async () => {
    const booking = await at.captured();
    const id = await at.dispute(booking);
    await at.reachesState(booking, "open");
    await at.decide(id, "lost");
    await at.reachesState(booking, "lost");
    await booking.cancelled(1_000);
    await until("the end", async () => {
      const { rowCount } = await world.sql.query(
        "select 1 from settlements where booking_id = $1 and not due and settled_at is not null",
        [booking.bookingId],
      );
      return rowCount === 1;
    });
    expect(refundsAsked(booking)).toEqual([]);
    const { body } = await world.show(booking);
    expect(body).toMatchObject({ status: "captured", refundedMinor: 0 });
  });

  test("that Stripe refuses for a dispute not heard of yet waits for it, and nobody is called", async () => {
    const booking = await at.captured();
    world.stripe.setSwitches({ webhooks: { types: ["charge.dispute.*"], never: true } });
    const id = await at.dispute(booking);
    await booking.cancelled(0);
    await until("the refusal", async () => {
      const { rowCount } = await world.sql.query(
        `select 1 from payments where booking_id = $1 and disputed and call is null
         and parked_reason is null and next_attempt_at is null`,
        [booking.bookingId],
      );
      return rowCount === 1;
    });
    expect(refundsAsked(booking)).toHaveLength(1);
    world.stripe.resetSwitches();
    await at.decide(id, "won");
    await world.reaches(booking, "refunded");
  });
});

describe("webhooks about disputes", () => {
  test("late, doubled and in any order come to the same, posted and told once", async () => {
    world.stripe.setSwitches({
      webhooks: { types: ["charge.dispute.*"], duplicate: 2, reorder: { window: 6, seed: 11, waitMs: 150 } },
    });
    const bookings = await Promise.all(Array.from({ length: 4 }, () => at.completed()));
    const ids = await Promise.all(bookings.map((booking) => at.dispute(booking)));
    await Promise.all(bookings.map((booking) => at.reachesState(booking, "open")));
    await Promise.all(ids.map((id, index) => at.decide(id, index % 2 === 0 ? "won" : "lost")));
    for (const [index, booking] of bookings.entries()) {
      const isWon = index % 2 === 0;
      await at.reachesState(booking, isWon ? "won" : "lost");
      await until(
        "the dispute to be out of the books",
        async () => !("disputed" in (await at.balancesOf(booking))),
      );
      if (!isWon) await at.settled(booking, 2);
      const kept = isWon ? totalMinor : 0;
      expect(await at.balancesOf(booking)).toMatchObject({ stripe: kept - chargeFeeMinor - disputeFeeMinor });
      const told = await world.told(booking, "", "", "", "");
      expect(told.filter((type) => type.includes("disput"))).toEqual([
        "payment.disputed.v1",
        "payment.dispute-closed.v1",
      ]);
    }
  });

  test("that never come for its end are not missed: the dispute is looked at again", async () => {
    const booking = await at.completed();
    const id = await at.dispute(booking);
    await at.reachesState(booking, "open");
    world.stripe.setSwitches({ webhooks: "off" });
    await at.decide(id, "lost");
    await at.reachesState(booking, "lost");
    await at.settled(booking, 2);
    expect(await at.itemsOf(booking)).toEqual([
      [vendorMinor, false],
      [-vendorMinor, false],
    ]);
  });

  test("tell of both where it has ended before it was heard of", async () => {
    world.stripe.setSwitches({ webhooks: "hold" });
    const booking = world.book();
    await booking.held("pm_card_createDispute");
    await world.reaches(booking, "authorised");
    await booking.confirmed();
    await world.reaches(booking, "captured");
    const [opened] = world.stripe
      .ledger()
      .disputes.filter(({ paymentIntent }) => paymentIntent === world.books(booking)[0]?.id);
    await at.decide(opened!.id, "won");
    world.stripe.resetSwitches();
    await at.reachesState(booking, "won");
    expect((await world.told(booking, "", "", "", "")).slice(-2)).toEqual([
      "payment.disputed.v1",
      "payment.dispute-closed.v1",
    ]);
  });
});

describe("the lists", () => {
  test("show administrators everything, page by page, and filter by status and vendor", async () => {
    const all = (await at.listed("?limit=100")).items;
    const first = await at.listed("?limit=2");
    const { next } = first as unknown as { next: string };
    const second = await at.listed(`?limit=2&after=${next}`);
    expect([...first.items, ...second.items]).toEqual(all.slice(0, 4));
    const won = (await at.listed("?status=won&limit=100")).items;
    expect(won).toEqual(all.filter(({ status }) => status === "won"));
  });

  test("show a vendor's people theirs, and nobody else", async () => {
    const booking = await at.completed();
    await at.dispute(booking);
    const view = await at.reachesState(booking, "open");
    const path = `/v1/vendors/${booking.vendorId}/disputes`;
    const userId = newId("usr");
    const member = { userId, roles: ["vendor"] };
    expect((await at.listed("", path, member)).status).toBe(404);
    await world.tap.emit(vendorMemberAdded, {
      subject: booking.vendorId,
      version: 1,
      data: { vendorId: booking.vendorId, userId, role: "manager" },
    });
    await until("the member", async () => (await at.listed("", path, member)).status === 200);
    expect((await at.listed("", path, member)).items).toEqual([view]);
    expect((await at.listed("", "/v1/disputes", member)).status).toBe(403);
  });
});
