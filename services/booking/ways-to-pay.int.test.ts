import { bookingChangeHeld, bookingHeld } from "@holdfast/contracts/events/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GuestStay } from "./booking-life.fixture.ts";
import { BookingWorld, newCustomer, slotAt, type Caller } from "./booking-world.fixture.ts";

let world: BookingWorld;
let nextDay = 3;
const vendorId = newId("vnd");
const owner: Caller = { userId: newId("usr"), roles: ["vendor"] };
let cardsOnly: Id<"res">;
let either: Id<"res">;

const keepsAll = { fullRefundUntilHours: 8784, tiers: [], refundPercentAfter: 0 };
const onArrival = { paymentMethod: "on-arrival" };

beforeAll(async () => {
  world = await BookingWorld.start();
  cardsOnly = await world.publish({ cancellation: keepsAll }, vendorId);
  either = await world.publish({ cancellation: keepsAll, payment: { onArrival: true } }, vendorId);
  await world.sql.query(
    "insert into vendor_members (vendor_id, user_id, role, version) values ($1, $2, 'owner', 1)",
    [vendorId, owner.userId],
  );
});
afterAll(() => world[Symbol.asyncDispose]());

const slot = (resourceId: Id<"res">) => ({ resourceId, ...slotAt(nextDay++) });

test("that what a booking is paid by is to be kept is told to payment of whoever wishes it, and of nobody else", async () => {
  const saving = { paymentMethod: "pm_card_visa", savePaymentMethod: true };
  const wished = await GuestStay.held(world, { ...slot(either), ...saving });
  const unsaid = await GuestStay.held(world, { ...slot(either), ...saving, savePaymentMethod: false });
  expect((await wished.heard(bookingHeld)).data).toMatchObject({ saveMethod: true });
  expect((await unsaid.heard(bookingHeld)).data).not.toHaveProperty("saveMethod");
  const nothing = await world.book(newCustomer(), { ...slot(either), ...onArrival, savePaymentMethod: true });
  expect(nothing.body).toMatchObject({
    code: "booking/payment-method-not-allowed",
    errors: [{ field: "savePaymentMethod" }],
  });
});

describe("paying on arrival", () => {
  test("is what payment is told of a guest who chose it, and of a dearer move of theirs", async () => {
    const day = nextDay++;
    const stay = await GuestStay.paid(world, { resourceId: either, ...slotAt(day), ...onArrival });
    expect((await stay.heard(bookingHeld)).data).toMatchObject({ provider: "on-arrival" });
    expect((await stay.heard(bookingHeld)).data).not.toHaveProperty("paymentMethod");
    const { startsAt } = slotAt(day);
    const endsAt = Temporal.Instant.from(startsAt).add({ hours: 3 }).toString();
    expect((await stay.move({ startsAt, endsAt })).status).toBe(200);
    expect((await stay.heard(bookingChangeHeld)).data).toMatchObject({ charge: 2, provider: "on-arrival" });
  });

  test("leaves nothing for later: what has a deposit is paid there too, in one", async () => {
    const terms = { depositPercent: 30, balance: { dueHoursBefore: 1, graceHours: 1 } };
    const resourceId = await world.publish({ ...terms, payment: { onArrival: true } }, vendorId);
    const stay = await GuestStay.held(world, { ...slot(resourceId), ...onArrival });
    const held = await stay.heard(bookingHeld);
    expect(held.data).not.toHaveProperty("due");
    expect(held.data).not.toHaveProperty("balance");
  });

  test("is not what payment is told of a guest who chose a card", async () => {
    const stay = await GuestStay.held(world, { ...slot(either), paymentMethod: "pm_card_visa" });
    expect((await stay.heard(bookingHeld)).data).not.toHaveProperty("provider");
  });

  test.each([
    ["a booking", "/v1/bookings", {}],
    ["a series", "/v1/booking-series", { rrule: "FREQ=DAILY;COUNT=2" }],
  ])(
    "is refused for %s of a resource whose terms do not allow it, and nothing is held",
    async (_, path, more) => {
      const asked = slot(cardsOnly);
      const headers = { "idempotency-key": crypto.randomUUID() };
      const sent = { ...asked, ...more, ...onArrival };
      const refused = await world.call("POST", path, newCustomer(), sent, headers);
      expect(refused.status).toBe(422);
      expect(refused.body).toMatchObject({
        code: "booking/payment-method-not-allowed",
        errors: [{ field: "paymentMethod" }],
      });
      expect((await world.book(newCustomer(), asked)).status).toBe(201);
    },
  );

  test("is refused where something taken along does not allow it, and for a move of such a booking", async () => {
    const asked = slot(either);
    const also = [{ resourceId: cardsOnly, quantity: 1 }];
    const refused = await world.book(newCustomer(), { ...asked, also, ...onArrival });
    expect(refused.body).toMatchObject({ code: "booking/payment-method-not-allowed" });
    const stay = await GuestStay.paid(world, slot(cardsOnly));
    const moved = await stay.move({ ...slotAt(nextDay++), ...onArrival });
    expect(moved.body).toMatchObject({ code: "booking/payment-method-not-allowed" });
  });

  test("keeps nothing of a booking that is cancelled or whose guest does not come, whatever the terms say", async () => {
    const [paid, cancelled, missed] = [
      await GuestStay.paid(world, slot(cardsOnly)),
      await GuestStay.paid(world, { ...slot(either), ...onArrival }),
      await GuestStay.paid(world, { ...slot(either), ...onArrival }),
    ];
    expect((await paid.call("GET", "/cancellation")).body).toMatchObject({ refund: { amountMinor: 0 } });
    expect((await cancelled.call("GET", "/cancellation")).body).toMatchObject({
      refund: { amountMinor: 6000 },
      standsUntil: null,
    });
    await cancelled.call("POST", "/cancel");
    await missed.beginIn("-1 hour");
    await missed.call("POST", "/no-show", undefined, owner);
    for (const stay of [cancelled, missed]) {
      const row = await stay.reaches(({ status }) => status === "cancelled" || status === "no-show");
      expect(Number(row.keep_minor)).toBe(0);
    }
  });
});

test("what a resource says of when to charge a card is a term of its bookings, and payment is told", async () => {
  const resourceId = await world.publish({ payment: { onArrival: true, capture: "immediate" } });
  const day = nextDay++;
  const stay = await GuestStay.paid(world, { resourceId, ...slotAt(day), paymentMethod: "pm_card_visa" });
  expect((await stay.heard(bookingHeld)).data).toMatchObject({ capture: "immediate" });
  expect((await stay.call("GET", "")).body).toMatchObject({
    policies: { payment: { capture: "immediate" } },
  });
  const endsAt = Temporal.Instant.from(slotAt(day).startsAt).add({ hours: 3 }).toString();
  await stay.move({ startsAt: slotAt(day).startsAt, endsAt });
  expect((await stay.heard(bookingChangeHeld)).data).toMatchObject({ capture: "immediate" });
  const onTheDay = await GuestStay.held(world, { ...slot(resourceId), ...onArrival });
  expect((await onTheDay.heard(bookingHeld)).data).not.toHaveProperty("capture");
  const usual = await GuestStay.held(world, slot(cardsOnly));
  expect((await usual.heard(bookingHeld)).data).not.toHaveProperty("capture");
});
