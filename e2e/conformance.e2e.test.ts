/**
 * One suite for every trade: what it is about is data, so a hotel, a clinic, a salon, a floor of desks and a tennis club
 * are led through the same steps, each to figures worked out by hand.
 */
import { createBooking, createQuote } from "@holdfast/contracts/api/booking";
import {
  cancelBooking,
  checkInBooking,
  getCancellationTerms,
  getTimeline,
  listVendorBookings,
  recordNoShow,
  rescheduleBooking,
} from "@holdfast/contracts/api/booking-life";
import { cancelBookingSeries, createBookingSeries } from "@holdfast/contracts/api/booking-series";
import { joinWaitlist, listWaitlist } from "@holdfast/contracts/api/waitlist";
import { until } from "@holdfast/testkit/until";
import ical from "ical.js";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAllInOrder, expectMoneyAddsUp, settled } from "./audit.ts";
import { clinic, salon } from "./conformance-appointments.ts";
import { coworking, hotel, tennisClub } from "./conformance-places.ts";
import { Shop } from "./conformance-shop.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

// In the order of their stories: the clock goes forward only.
const trades = [hotel, clinic, salon, coworking, tennisClub];
const noUnits = (shop: Shop) => shop.capacities.map(() => 0);

describe.each(trades)("$name", (trade) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open(world, trade);
  });

  test("is found by what it is and while it is free, at the price that is then charged", async () => {
    const [{ kind, title }] = trade.resources;
    const asked = { text: trade.words, kind };
    expect(await shop.found(asked)).toMatchObject({ title, kind, firstFree: null });
    for (const attributes of trade.attributes)
      expect(await shop.found({ ...asked, attributes })).toBeDefined();
    expect(await shop.found({ ...asked, kind: "lighthouse" })).toBeUndefined();
    const exactly = shop.times(trade.full);
    const inWindow = await shop.found({ ...asked, ...exactly });
    const [{ capacity }] = trade.resources;
    expect(inWindow?.firstFree).toMatchObject({ ...exactly, free: capacity });
    const { lines } = await shop.guest.call(createQuote, { body: { resourceId: shop.main, ...exactly } });
    expect(sumOf(lines)).toBe(inWindow?.firstFree?.price.amountMinor);
  });

  test("lists exactly the times its rules allow", async () => {
    for (const [date, starts] of Object.entries(trade.listed)) {
      const slots = await shop.slots(date);
      expect(slots.map((slot) => slot.startsAt)).toEqual(starts.map((wall) => shop.instant(wall).toString()));
      expect(slots.every((slot) => slot.date === date)).toBe(true);
    }
  });

  test("refuses every other time by the rule that its explanation names", async () => {
    expect(await shop.explained(trade.booked)).toMatchObject({ bookable: true, reasons: [] });
    for (const { code, ...time } of trade.forbidden) {
      const { bookable, reasons } = await shop.explained(time);
      expect({ bookable, first: reasons[0]?.code }).toEqual({ bookable: false, first: code });
      const refused = await shop.guest.refusal(createBooking, {
        body: shop.asked(time),
        idempotencyKey: randomUUID(),
      });
      expect(refused).toMatchObject({ code: "booking/time-not-bookable", errors: [{ code }] });
    }
  });

  test("would be booked no differently if it were called something else", async () => {
    const [rules] = trade.resources;
    const twin = await shop.publish({ ...rules, kind: "mooring for airships" });
    for (const date of Object.keys(trade.listed)) {
      expect(await shop.slots(date, twin)).toEqual(await shop.slots(date));
    }
    const asked = { ...shop.times(trade.weekly[2]), extras: trade.booked.extras };
    const [one, other] = await Promise.all(
      [shop.main, twin].map((resourceId) => shop.guest.call(createQuote, { body: { ...asked, resourceId } })),
    );
    expect(other).toEqual({
      ...one,
      quoteId: other!.quoteId,
      resourceId: twin,
      expiresAt: other!.expiresAt,
    });
  });

  test("is booked, moved and paid for to the last line: quote, booking, charge and difference agree", async () => {
    const { beside, lines, total, ...booked } = trade.booked;
    const { quantity, people, extras } = booked;
    const others =
      beside === 0 ? [] : [await shop.confirmed(shop.rival, shop.asked(booked, { quantity: beside }))];
    const promotionCode = trade.promotion.code;
    const asked = shop.asked(booked, { quantity, people, extras, promotionCode });
    const quote = await shop.guest.call(createQuote, { body: asked });
    expect(quote.lines.map((line) => line.amountMinor)).toEqual(lines);
    expect(quote.total.amountMinor).toBe(total);
    const booking = await shop.confirmed(shop.guest, { ...asked, quoteId: quote.quoteId });
    expect(booking).toMatchObject({
      ...shop.times(booked),
      quantity,
      lines: quote.lines,
      total: quote.total,
    });
    expect(await shop.kept(shop.guest, booking.bookingId)).toBe(total);

    const { bookingId } = booking;
    const before = await shop.free(booked);
    const to = { ...shop.times(trade.moved), paymentMethod: "pm_card_visa" };
    await shop.guest.call(rescheduleBooking, {
      params: { bookingId },
      body: to,
      idempotencyKey: randomUUID(),
    });
    const moved = await world.booking(shop.guest, bookingId, (one) => one.startsAt === to.startsAt);
    expect(moved).toMatchObject({ ...shop.times(trade.moved), quantity, change: null, status: "confirmed" });
    expect(moved.total.amountMinor).toBe(trade.moved.total);
    expect(moved.also.every((part) => part.startsAt === to.startsAt)).toBe(true);
    expect(await shop.kept(shop.guest, bookingId)).toBe(trade.moved.total);
    // What it had is free again, unit by unit; what it has is not.
    const units = [quantity, ...moved.also.map((part) => part.quantity)];
    expect(await shop.free(booked)).toEqual(before.map((free, index) => free + units[index]!));
    expect(await shop.free(trade.moved)).toEqual(shop.capacities.map((all, index) => all - units[index]!));
    for (const one of others) await shop.rival.call(cancelBooking, { params: { bookingId: one.bookingId } });
  });

  test("taken to the last unit, it is refused, found no more, and offered to who waits once it is cancelled", async () => {
    const time = trade.full;
    const everything = await shop.confirmed(shop.guest, shop.asked(time, {}, shop.capacities));
    expect(await shop.free(time)).toEqual(noUnits(shop));
    const refused = await shop.rival.refusal(createBooking, {
      body: shop.asked(time),
      idempotencyKey: randomUUID(),
    });
    expect(refused).toMatchObject({ status: 409, code: "booking/slot-taken" });
    expect(await shop.found({ text: trade.words })).toBeDefined();
    expect(await shop.found({ text: trade.words, ...shop.times(time) })).toBeUndefined();
    for (const resourceId of shop.resourceIds) {
      const { reasons } = await shop.explained(time, resourceId);
      expect(reasons).toMatchObject([{ code: "taken", detail: { by: "booking" } }]);
    }

    const body = { resourceId: shop.main, ...shop.times(time) };
    const entry = await shop.waiter.call(joinWaitlist, { body });
    expect(entry).toMatchObject({ status: "waiting", position: 1 });
    await shop.guest.call(cancelBooking, { params: { bookingId: everything.bookingId } });
    const offered = await entryOf(shop);
    expect(offered).toMatchObject({ entryId: entry.entryId, status: "offered" });
    const mail = await until("the offer's mail", async () => {
      return (await world.mails({ to: shop.waiter.user.email }))[0];
    });
    expect(mail.text).toContain(trade.resources[0].title);
    const bookingId = offered!.bookingId!;
    const payment = await world.payment(shop.waiter, bookingId, (one) => one.clientSecret !== null);
    await shop.payInBrowser(payment.clientSecret!);
    expect(await shop.approved(shop.waiter, bookingId)).toMatchObject({ ...shop.times(time), quantity: 1 });
    expect(await entryOf(shop)).toMatchObject({ status: "taken", position: null });
    const [main, ...along] = shop.capacities;
    expect(await shop.free(time)).toEqual([main! - 1, ...along]);
  });

  test("is booked three weeks running, or not at all, at the same time of day", async () => {
    const [first, second] = trade.weekly;
    const inTheWay = await shop.rival.book(shop.asked(second, {}, shop.capacities));
    const series = { ...shop.asked(first), rrule: "FREQ=WEEKLY;COUNT=3", paymentMethod: "pm_card_visa" };
    const free = () => Promise.all(trade.weekly.map((time) => shop.free(time)));
    const before = await free();
    const refused = await shop.guest.refusal(createBookingSeries, {
      body: series,
      idempotencyKey: randomUUID(),
    });
    expect(refused).toMatchObject({ status: 409, code: "booking/series-conflict" });
    expect(await free()).toEqual(before);
    await shop.rival.call(cancelBooking, { params: { bookingId: inTheWay.bookingId } });

    const { seriesId, occurrences } = await shop.guest.call(createBookingSeries, {
      body: series,
      idempotencyKey: randomUUID(),
    });
    expect(occurrences).toMatchObject(trade.weekly.map((time) => ({ ...shop.times(time), problem: null })));
    const bookingIds = occurrences.map(({ booking }) => booking!.bookingId);
    const totals: number[] = [];
    for (const bookingId of bookingIds)
      totals.push((await shop.approved(shop.guest, bookingId)).total.amountMinor);
    expect(await free()).toEqual(trade.weekly.map(() => shop.capacities.map((all) => all - 1)));
    const kept = async () => {
      const sums: number[] = [];
      for (const bookingId of bookingIds) sums.push(await shop.kept(shop.guest, bookingId));
      return sums;
    };
    expect(await kept()).toEqual(totals);
    await shop.guest.call(cancelBookingSeries, { params: { seriesId } });
    expect(await free()).toEqual(trade.weekly.map(() => shop.capacities));
    expect(await kept()).toEqual(totals.map(() => 0));
  });

  test("gives back on cancelling what its terms say, keeps who comes until the end, and charges who does not", async () => {
    const { cancelled, attended, missed } = trade;
    const booked = [];
    for (const { total, ...time } of [cancelled, attended, missed]) {
      const booking = await shop.confirmed(shop.guest, shop.asked(time));
      expect(booking.total.amountMinor).toBe(total);
      booked.push({ params: { bookingId: booking.bookingId } });
    }
    const [toCancel, toAttend, toMiss] = booked as [
      (typeof booked)[0],
      (typeof booked)[0],
      (typeof booked)[0],
    ];

    await settled(world);
    await world.moveClock(shop.instant(cancelled.at));
    const { refund } = await shop.guest.call(getCancellationTerms, toCancel);
    expect(refund.amountMinor).toBe(cancelled.refund);
    const body = { expectedRefundMinor: refund.amountMinor };
    const before = await shop.free(cancelled);
    expect(await shop.guest.call(cancelBooking, { ...toCancel, body })).toMatchObject({ refund });
    expect(await shop.free(cancelled)).toEqual(before.map((free) => free + 1));
    expect(await shop.kept(shop.guest, toCancel.params.bookingId)).toBe(cancelled.total - cancelled.refund);

    await world.moveClock(shop.instant(attended.startsAt).add({ minutes: 5 }));
    expect(await shop.vendor.call(checkInBooking, toAttend)).toMatchObject({ status: "checked-in" });
    await world.moveClock(shop.instant(attended.endsAt));
    const { bookingId } = toAttend.params;
    await world.booking(shop.guest, bookingId, ({ status }) => status === "completed");
    const { entries } = await shop.guest.call(getTimeline, toAttend);
    const last = entries.slice(-2).map(({ what, by }) => ({ what, by }));
    expect(last).toEqual([
      { what: "checked-in", by: shop.vendor.user.userId },
      { what: "completed", by: "clock" },
    ]);
    expect(await shop.kept(shop.guest, bookingId)).toBe(attended.total);

    const afterMinutes = trade.resources[0].noShow?.afterMinutes ?? 15;
    await world.moveClock(shop.instant(missed.startsAt).add({ minutes: afterMinutes }));
    expect(await shop.vendor.call(recordNoShow, toMiss)).toMatchObject({ status: "no-show" });
    expect(await shop.kept(shop.guest, toMiss.params.bookingId)).toBe(missed.total - missed.refund);
  });

  test("is in the files that its guest and its vendor take along", async () => {
    const { items } = await shop.vendor.call(listVendorBookings, {
      params: { vendorId: shop.vendorId },
      query: { status: "completed" },
    });
    const done = items.find((one) => one.startsAt === shop.times(trade.attended).startsAt);
    const row = [done!.bookingId, "completed", shop.main, csvText(trade.resources[0].title)].join(",");
    const [startsAt, endsAt] = [trade.attended.startsAt, trade.attended.endsAt].map((wall) =>
      wall.replace("T", " "),
    );
    for (const [path, account] of [
      ["/v1/bookings.csv", shop.guest],
      [`/v1/vendors/${shop.vendorId}/bookings.csv`, shop.vendor],
    ] as const) {
      const line = (await shop.file(path, account)).split("\r\n").find((one) => one.startsWith(row));
      expect(line).toContain(`,${startsAt},${endsAt},${trade.resources[0].zone},`);
    }
    const calendar = new ical.Component(
      ical.parse(await shop.file("/v1/bookings.ics", shop.guest)) as string[],
    );
    const events = calendar.getAllSubcomponents("vevent").map((component) => new ical.Event(component));
    const ours = events.filter((event) => event.uid.startsWith(done!.bookingId));
    expect(ours.map((event) => event.summary)).toEqual(trade.resources.map(({ title }) => title));
    const starts = ours.map((event) => event.startDate.toUnixTime() * 1_000);
    expect(new Set(starts)).toEqual(new Set([shop.instant(trade.attended.startsAt).epochMilliseconds]));
  });
});

test("after all of them, nothing is held that nobody has, and the money adds up", async () => {
  await settled(world);
  await expectAllInOrder(world);
  await expectMoneyAddsUp(world);
});

const sumOf = (lines: readonly { amountMinor: number; included: boolean }[]) =>
  lines.reduce((sum, line) => (line.included ? sum : sum + line.amountMinor), 0);

/** The waiter's only entry. */
async function entryOf(shop: Shop) {
  const { items } = await shop.waiter.call(listWaitlist, {});
  return items[0];
}

/** RFC 4180: what holds a comma is quoted. */
const csvText = (text: string) => (text.includes(",") ? `"${text}"` : text);
