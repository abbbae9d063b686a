/** Bookings of which a deposit is due at once and the balance later, with a test in payment's place. */
import {
  bookingApprovalRequested,
  bookingBalanceDueSoon,
  bookingBalanceFailed,
  bookingBalancePaid,
  bookingCancelled,
  bookingConfirmed,
  bookingExpired,
  bookingHeld,
  bookingNoShow,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GuestStay } from "./booking-life.fixture.ts";
import { BookingWorld, newCustomer, slotAt, type Caller } from "./booking-world.fixture.ts";

let world: BookingWorld;
let nextDay = 30;
const admin: Caller = { userId: newId("usr"), roles: ["admin"] };
const eur = (amountMinor: number) => ({ amountMinor, currency: "EUR" });

/** 60 euros an hour, 30 % at once and the rest two weeks before; a day before half goes back. */
const rules: Partial<ResourceRulesInput> = {
  depositPercent: 30,
  balance: { dueHoursBefore: 336, graceHours: 72 },
  cancellation: { fullRefundUntilHours: 8784, tiers: [], refundPercentAfter: 50 },
};
const publish = (more: Partial<ResourceRulesInput> = {}) => world.publish({ ...rules, ...more });

/** A slot of its own a month ahead, or on that day. */
const slot = (resourceId: Id<"res">, day = nextDay++) => ({ resourceId, ...slotAt(day) });
const hoursLater = (instant: string, hours: number) =>
  Temporal.Instant.from(instant)
    .add({ minutes: 60 * hours })
    .toString();
const twoHours = (day: number) => ({ ...slotAt(day), endsAt: hoursLater(slotAt(day).startsAt, 2) });
const dueFor = (startsAt: string) => hoursLater(startsAt, -336);

beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

describe("a booking with a deposit", () => {
  test("says what is due now and what later: in its quote, to its guest, and to payment", async () => {
    const asked = slot(await publish());
    const balance = { amount: eur(4200), dueAt: dueFor(asked.startsAt) };
    const givesUpAt = hoursLater(balance.dueAt, 72);
    const guest = newCustomer();
    const quote = (await world.call("POST", "/v1/quotes", guest, asked)).body;
    expect(quote).toMatchObject({ total: eur(6000), due: eur(1800), deposit: eur(1800), balance });
    const stay = await GuestStay.held(world, { ...asked, quoteId: quote["quoteId"] }, guest);
    const shown = (await stay.call("GET", "")).body;
    expect(shown).toMatchObject({ due: eur(1800), balance: { ...balance, charge: 2, givesUpAt } });
    const held = await stay.heard(bookingHeld);
    expect(held.data).toMatchObject({ due: eur(1800), balance: { ...balance, charge: 2, givesUpAt } });
    await stay.authorise();
    expect((await stay.heard(bookingConfirmed)).data).toMatchObject({ balance });
    await stay.captured(1800);
    await stay.reaches((row) => row.saga_step === "stay");
  });

  test("made when its balance would be due already has all of it due at once", async () => {
    const asked = slot(await publish(), 10);
    const quote = (await world.call("POST", "/v1/quotes", newCustomer(), asked)).body;
    expect(quote).toMatchObject({ due: eur(6000), deposit: eur(6000), balance: null });
    const stay = await GuestStay.held(world, asked);
    expect((await stay.heard(bookingHeld)).data).not.toHaveProperty("balance");
    expect((await stay.call("GET", "")).body).toMatchObject({ due: eur(6000), balance: null });
  });

  test("works with approval, in a series, for who waited, and for a payment that comes late", async () => {
    const approved = await GuestStay.authorised(
      world,
      slot(await publish({ approval: { withinMinutes: 60 } })),
    );
    expect((await approved.heard(bookingApprovalRequested)).data).toMatchObject({
      balance: { amount: eur(4200) },
    });
    await approved.call("POST", "/approve", undefined, admin);
    await approved.captured(1800);
    await approved.reaches((row) => row.saga_step === "stay" && row.status === "confirmed");
    const resourceId = await publish({ capacity: 1 });
    const guest = newCustomer();
    const series = await world.call(
      "POST",
      "/v1/booking-series",
      guest,
      { ...slot(resourceId, 60), rrule: "FREQ=WEEKLY;COUNT=2" },
      { "idempotency-key": crypto.randomUUID() },
    );
    const { occurrences } = series.body as { occurrences: { booking: { balance: { dueAt: string } } }[] };
    const dues = occurrences.map(({ booking }) => Temporal.Instant.from(booking.balance.dueAt));
    expect(dues[1]!.since(dues[0]!).total("hours")).toBe(168);
    const taken = await GuestStay.held(world, slot(resourceId, 61));
    const waiting = newCustomer();
    await world.call("POST", "/v1/waitlist", waiting, slot(resourceId, 61));
    await taken.call("POST", "/cancel");
    const offer = await until("the slot to be offered", async () =>
      (await world.tap.collected(bookingHeld)).find(({ data }) => data.customerId === waiting.userId),
    );
    expect(offer.data).toMatchObject({ due: eur(1800), balance: { amount: eur(4200) } });
    const late = await GuestStay.held(world, slot(resourceId, 62));
    await late.passDeadline();
    await late.reaches((row) => row.status === "expired");
    const other = await GuestStay.authorised(world, slot(resourceId, 62));
    await late.authorise();
    const returned = await late.heard(bookingExpired, ({ latePayment }) => latePayment);
    expect(returned.data).toMatchObject({ paid: eur(1800) });
    await other.captured(1800);
    await other.reaches((row) => row.saga_step === "stay");
  });
});

describe("ended with only its deposit paid, a booking", () => {
  test("gives back what its terms leave of the deposit, as was quoted, and asks for no more than was paid", async () => {
    const cases = { 50: 0, 90: 1200 };
    for (const [percent, refund] of Object.entries(cases)) {
      const refundPercentAfter = Number(percent);
      const resourceId = await publish({
        cancellation: { fullRefundUntilHours: 8784, tiers: [], refundPercentAfter },
      });
      const stay = await GuestStay.paid(world, slot(resourceId));
      const terms = (await stay.call("GET", "/cancellation")).body;
      expect(terms).toMatchObject({ refund: eur(refund), keep: eur(1800 - refund) });
      const sent = { expectedRefundMinor: refund };
      const cancelled = await stay.call("POST", "/cancel", sent);
      expect(cancelled.body).toMatchObject({ status: "cancelled", refund: eur(refund), balance: null });
      expect((await stay.heard(bookingCancelled)).data).toMatchObject({
        keepMinor: 1800 - refund,
        refundMinor: refund,
      });
    }
  });

  test("by its vendor gives all of the deposit back; by a guest who does not come, nothing", async () => {
    const resourceId = await publish();
    const calledOff = await GuestStay.paid(world, slot(resourceId));
    await calledOff.call("POST", "/call-off", { reason: "Burst pipe" }, admin);
    expect((await calledOff.heard(bookingCancelled)).data).toMatchObject({ keepMinor: 0, refundMinor: 1800 });
    const missed = await GuestStay.paid(world, slot(resourceId));
    await missed.beginIn("-20 minutes");
    await missed.call("POST", "/no-show", undefined, admin);
    expect((await missed.heard(bookingNoShow)).data).toMatchObject({ keepMinor: 1800, refundMinor: 0 });
  });
});

describe("moving a booking with a balance", () => {
  test("to a cheaper time makes the balance less first; only then something goes back", async () => {
    const { startsAt, endsAt } = twoHours(nextDay++);
    const stay = await GuestStay.paid(world, { ...slot(await publish()), startsAt, endsAt });
    expect((await stay.row()).balance).toMatchObject({ amountMinor: 8400 });
    const cheaper = await stay.move({ startsAt, endsAt: hoursLater(startsAt, 1) });
    expect(cheaper.body).toMatchObject({ total: eur(6000), due: eur(3600), balance: { amount: eur(2400) } });
    const moved = await stay.heard(bookingRescheduled);
    expect(moved.data).toMatchObject({
      keepMinor: 6000,
      refundMinor: 0,
      balance: { charge: 2, amount: eur(2400) },
    });
    // Payment has nothing to do now: nothing is waited for.
    expect((await stay.row()).saga_step).toBe("stay");
    const half = await stay.move({ startsAt, endsAt: hoursLater(startsAt, 0.5) });
    expect(half.body).toMatchObject({ total: eur(3000), due: eur(3000), balance: null });
    const last = await stay.heard(bookingRescheduled, ({ keepMinor }) => keepMinor === 3000);
    expect(last.data).toMatchObject({ refundMinor: 600 });
    expect(last.data).not.toHaveProperty("balance");
    await stay.refunded(3000);
    await stay.reaches((row) => row.saga_step === "stay");
  });

  test("to a dearer time has the difference paid at once, by the charge after the balance's", async () => {
    const asked = slot(await publish());
    const { startsAt } = asked;
    const stay = await GuestStay.paid(world, asked);
    const held = await stay.move({ startsAt, endsAt: hoursLater(startsAt, 2) });
    expect(held.body).toMatchObject({ change: { charge: 3, due: eur(6000) } });
    await stay.authorise(3);
    const moved = await stay.heard(bookingRescheduled);
    expect(moved.data).toMatchObject({ charge: 3, keepMinor: 12_000, balance: { amount: eur(4200) } });
    await stay.captured(7800, 3);
    await stay.reaches((row) => row.saga_step === "stay");
    expect((await stay.call("GET", "")).body).toMatchObject({
      due: eur(7800),
      balance: { amount: eur(4200) },
    });
  });

  test("to another day has it due with that day", async () => {
    const stay = await GuestStay.paid(world, slot(await publish()));
    const to = slotAt(nextDay++);
    await stay.move(to);
    expect((await stay.heard(bookingRescheduled)).data.balance).toMatchObject({
      amount: eur(4200),
      dueAt: dueFor(to.startsAt),
    });
  });
});

describe("the balance", () => {
  test("once paid is told of, and counts in what cancelling gives back", async () => {
    const stay = await GuestStay.paid(world, slot(await publish()));
    await stay.balancePaid(6000);
    const paid = await stay.heard(bookingBalancePaid);
    expect(paid.data).toMatchObject({ paid: eur(4200), total: eur(6000) });
    expect(paid.data).not.toHaveProperty("balance");
    expect((await stay.call("GET", "")).body).toMatchObject({ due: eur(6000), balance: null });
    expect((await stay.call("GET", "/cancellation")).body).toMatchObject({ refund: eur(3000) });
    await stay.call("POST", "/cancel", { expectedRefundMinor: 3000 });
    await stay.refunded(3000);
    await stay.reaches((row) => row.saga_step === "done");
  });

  test("paid while the booking was made cheaper is too much by as much, and waits for that to go back", async () => {
    const { startsAt, endsAt } = twoHours(nextDay++);
    const stay = await GuestStay.paid(world, { ...slot(await publish()), startsAt, endsAt });
    await stay.move({ startsAt, endsAt: hoursLater(startsAt, 1) });
    await stay.balancePaid(12_000);
    await stay.reaches((row) => row.saga_step === "capture" && row.balance === null);
    await stay.refunded(6000);
    const row = await stay.reaches(({ saga_step }) => saga_step === "stay");
    expect(Number(row.keep_minor)).toBe(6000);
  });

  test("paid while the booking was cancelled changes nothing of what was quoted", async () => {
    const stay = await GuestStay.paid(world, slot(await publish()));
    const cancelled = await stay.call("POST", "/cancel");
    expect(cancelled.body).toMatchObject({ refund: eur(0) });
    await stay.balancePaid(6000);
    // Heard of after it, by the same consumer.
    await GuestStay.paid(world, slot(await publish()));
    expect((await stay.call("GET", "")).body).toMatchObject({
      status: "cancelled",
      refund: eur(0),
      balance: null,
    });
  });

  test("that could not be taken is told of with what the guest needs to know, once an attempt", async () => {
    const stay = await GuestStay.paid(world, slot(await publish()));
    await stay.balanceFailed(1, "payment/insufficient-funds");
    const failed = await stay.heard(bookingBalanceFailed);
    expect(failed.data).toMatchObject({
      reason: "payment/insufficient-funds",
      attempt: 1,
      balance: { amount: eur(4200) },
    });
    await stay.balanceFailed(1, "payment/insufficient-funds");
    await stay.balanceFailed(2);
    await stay.heard(bookingBalanceFailed, ({ attempt }) => attempt === 2);
    const all = (await world.tap.collected(bookingBalanceFailed)).filter(
      ({ subject }) => subject === stay.bookingId,
    );
    expect(all.map(({ data }) => data.attempt)).toEqual([1, 2]);
    await stay.balancePaid(6000);
    expect((await stay.heard(bookingBalancePaid)).data).toMatchObject({ afterFailures: true });
  });

  test("not paid in time ends the booking by its terms: its slot is offered to who waits, no more is kept than was paid", async () => {
    const asked = slot(await publish({ capacity: 1 }));
    const stay = await GuestStay.paid(world, asked);
    const waiting = newCustomer();
    await world.call("POST", "/v1/waitlist", waiting, asked);
    await stay.balanceFailed(1);
    await stay.balanceLost();
    const ended = await stay.heard(bookingCancelled);
    expect(ended.data).toMatchObject({ keepMinor: 1800, refundMinor: 0, balanceUnpaid: true });
    expect(await stay.row()).toMatchObject({ status: "cancelled", reason: "booking/balance-unpaid" });
    const offered = await until("the slot to be offered", async () =>
      (await world.tap.collected(bookingHeld)).find(({ data }) => data.customerId === waiting.userId),
    );
    expect(offered.data).toMatchObject({ fromWaitlist: true });
  });

  test("not paid of a guest who is there already ends nothing", async () => {
    const stay = await GuestStay.paid(world, slot(await publish()));
    await stay.beginIn("1 hour");
    await stay.call("POST", "/check-in", undefined, admin);
    await stay.balanceLost();
    await stay.call("POST", "/complete", undefined, admin);
    const row = await stay.reaches(({ saga_step }) => saga_step === "done");
    expect([row.status, Number(row.keep_minor)]).toEqual(["completed", 1800]);
  });

  test("is reminded of some days before it is due, once", async () => {
    const stay = await GuestStay.paid(world, slot(await publish(), 120));
    await world.moveClock({ hours: 24 * (120 - 14 - 2) });
    const reminded = await stay.heard(bookingBalanceDueSoon);
    expect(reminded.data).toMatchObject({ balance: { amount: eur(4200) } });
    await world.moveClock({ hours: 12 });
    const timeline = (await stay.call("GET", "/timeline")).body["entries"] as { what: string }[];
    expect(timeline.filter(({ what }) => what === "balance-due-soon")).toHaveLength(1);
  });
});
