/** A booking's life with real money: what is charged, given back and kept at the provider, move by move, to the cent. */
import {
  callOffBooking,
  cancelBooking,
  checkInBooking,
  completeBooking,
  getCancellationTerms,
  getTimeline,
  recordNoShow,
  rescheduleBooking,
} from "@holdfast/contracts/api/booking-life";
import type { BookingView, SlotView } from "@holdfast/contracts/api/booking";
import { orderRefund } from "@holdfast/contracts/api/refunds";
import type { Id } from "@holdfast/contracts/ids";
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAllInOrder, expectMoneyAddsUp, settled } from "./audit.ts";
import { describeDeposits } from "./deposits.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** An hour costs 12.00; the slots are hours of one day. */
async function bookedHour(
  daysAhead = 3,
): Promise<{ guest: ApiClient; booking: BookingView; slots: SlotView[] }> {
  const resourceId = await world.publish({ noShow: { afterMinutes: 15, refundPercent: 25 } });
  const guest = await world.admin.register("customer");
  const slots = await world.slots(resourceId, daysAhead);
  const { startsAt, endsAt } = slots[8]!;
  const asked = { resourceId, startsAt, endsAt, paymentMethod: "pm_card_visa" };
  return { guest, booking: await guest.book(asked, { waitSeconds: 10 }), slots };
}

/** What the provider keeps for the booking, once nothing is under way any more. */
async function kept(bookingId: Id<"bkg">): Promise<number> {
  await settled(world);
  const { rows } = await world.sql.query<{ kept: number }>(
    "select sum(captured_minor - refunded_minor)::integer as kept from payment.payments where booking_id = $1",
    [bookingId],
  );
  return rows[0]!.kept;
}

function moveTo(
  guest: ApiClient,
  { bookingId }: BookingView,
  from: SlotView,
  to: SlotView,
  card = "pm_card_visa",
) {
  const body = { startsAt: from.startsAt, endsAt: to.endsAt, paymentMethod: card };
  return guest.call(rescheduleBooking, { params: { bookingId }, body, idempotencyKey: randomUUID() });
}

describe("moving", () => {
  test("to a longer time charges the difference, back to a shorter one gives it back", async () => {
    const { guest, booking, slots } = await bookedHour();
    const pending = await moveTo(guest, booking, slots[9]!, slots[11]!);
    expect(pending.change).toMatchObject({ charge: 2, due: { amountMinor: 2400 } });
    const moved = await world.booking(guest, booking.bookingId, ({ change }) => change === null);
    expect(moved).toMatchObject({ startsAt: slots[9]!.startsAt, total: { amountMinor: 3600 } });
    expect(await kept(booking.bookingId)).toBe(3600);
    const shorter = await moveTo(guest, booking, slots[2]!, slots[3]!);
    expect(shorter).toMatchObject({ change: null, total: { amountMinor: 2400 } });
    expect(await kept(booking.bookingId)).toBe(2400);
    const terms = await guest.call(getCancellationTerms, { params: { bookingId: booking.bookingId } });
    expect(terms.refund.amountMinor).toBe(2400);
    const body = { expectedRefundMinor: 2400 };
    await guest.call(cancelBooking, { params: { bookingId: booking.bookingId }, body });
    expect(await kept(booking.bookingId)).toBe(0);
    await expectAllInOrder(world);
  });

  test("leaves everything as it was where the card is declined for the difference", async () => {
    const { guest, booking, slots } = await bookedHour();
    await moveTo(guest, booking, slots[8]!, slots[11]!, "pm_card_chargeDeclined");
    const left = await world.booking(guest, booking.bookingId, ({ change }) => change === null);
    expect(left).toMatchObject({ status: "confirmed", startsAt: booking.startsAt, total: booking.total });
    expect(await kept(booking.bookingId)).toBe(1200);
    await expectAllInOrder(world);
  });

  test("while the difference is unpaid, a cancellation ends both charges", async () => {
    const { guest, booking, slots } = await bookedHour();
    const body = { startsAt: slots[8]!.startsAt, endsAt: slots[11]!.endsAt };
    const params = { bookingId: booking.bookingId };
    await guest.call(rescheduleBooking, { params, body, idempotencyKey: randomUUID() });
    await guest.call(cancelBooking, { params });
    expect(await kept(booking.bookingId)).toBe(0);
    await expectAllInOrder(world);
  });
});

test("what a vendor calls off goes back in full", async () => {
  const { guest, booking } = await bookedHour();
  const params = { bookingId: booking.bookingId };
  await world.admin.call(callOffBooking, { params, body: { reason: "The pipe burst" } });
  expect(await world.booking(guest, booking.bookingId, ({ status }) => status === "cancelled")).toMatchObject(
    {
      refund: { amountMinor: 1200 },
    },
  );
  expect(await kept(booking.bookingId)).toBe(0);
});

test("what the vendor gives back beyond the terms comes on top of them: once for its key, in the timeline, by mail", async () => {
  const { guest, booking } = await bookedHour();
  const { bookingId } = booking;
  await settled(world);
  const order = {
    params: { bookingId },
    body: { amountMinor: 200, currency: "EUR", reason: "The shower was cold" },
    idempotencyKey: randomUUID(),
  };
  await expect(guest.call(orderRefund, order)).rejects.toMatchObject({ status: 403 });
  const given = await world.admin.call(orderRefund, order);
  expect(given).toMatchObject({ amount: { amountMinor: 200 }, left: { amountMinor: 1000 } });
  expect(await world.admin.call(orderRefund, order)).toEqual(given);
  const { entries } = await until("the timeline to tell it", async () => {
    const timeline = await guest.call(getTimeline, { params: { bookingId } });
    return timeline.entries.some(({ what }) => what === "refund-given") && timeline;
  });
  expect(entries.find(({ what }) => what === "refund-given")?.detail).toEqual({
    amountMinor: 200,
    keptMinor: 1000,
  });
  expect(await kept(bookingId)).toBe(1000);
  const mail = await until("the mail about it", async () =>
    (await world.mails({ to: guest.user.email })).find(({ subject }) => subject.startsWith("Money back")),
  );
  expect(mail.text).toContain("€2.00");
  const terms = await guest.call(getCancellationTerms, { params: { bookingId } });
  await guest.call(cancelBooking, { params: { bookingId } });
  expect(await kept(bookingId)).toBe(terms.keep.amountMinor);
});

test("a guest who came pays, one who did not gets back what the rule says, and the money adds up", async () => {
  const [came, missed, forgotten] = [await bookedHour(5), await bookedHour(5), await bookedHour(5)];
  const paramsOf = ({ booking: { bookingId } }: typeof came) => ({ params: { bookingId } });
  await settled(world);
  await world.moveClock(Temporal.Instant.from(came.booking.startsAt).add({ minutes: 20 }));
  await world.admin.call(checkInBooking, paramsOf(came));
  await world.admin.call(completeBooking, paramsOf(came));
  await world.admin.call(recordNoShow, paramsOf(missed));
  expect(await kept(came.booking.bookingId)).toBe(1200);
  expect(await kept(missed.booking.bookingId)).toBe(900);
  await world.moveClock(Temporal.Instant.from(forgotten.booking.endsAt).add({ hours: 24 }));
  await world.booking(forgotten.guest, forgotten.booking.bookingId, ({ status }) => status === "completed");
  await settled(world);
  await expectAllInOrder(world);
  await expectMoneyAddsUp(world);
});

describe("a deposit", () => {
  describeDeposits(() => world);
});
