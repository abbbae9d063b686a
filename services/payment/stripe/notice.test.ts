import type { Stripe } from "stripe";
import { expect, test } from "vitest";
import { PaymentWorld } from "../payments/payment-world.fixture.ts";
import { refundedOf } from "./intent-facts.ts";
import { judge, noticeOf, type Notice } from "./notice.ts";

function worldOf(): { world: PaymentWorld; notice: Notice } {
  const world = new PaymentWorld().held().call();
  const facts = world.seen.at(-1)!;
  return {
    world,
    notice: {
      bookingId: world.known.bookingId,
      paymentId: world.known.id,
      intentId: facts.intentId,
      facts,
      refundedMinor: 0,
      refundFailed: false,
    },
  };
}

test("an event that tells what the payment has reached is known, also a late one", () => {
  const { world, notice } = worldOf();
  expect(judge(world.known, notice)).toBe("known");
  world.booking(2, { asked: "capture" }).call();
  expect(judge(world.known, notice)).toBe("known");
});

test("an event ahead of the payment is applied", () => {
  const { world, notice } = worldOf();
  expect(judge({ ...world.known, intentState: "open" }, notice)).toBe("applied");
  expect(judge({ ...world.known, intentId: null, intentState: null }, notice)).toBe("applied");
});

test.each([
  { amountMinor: 1 },
  { currency: "USD" },
  { paymentId: "pay_01h455vb4pex5vsknk084sn02z" },
  { paymentId: null },
])("an event that says %o of the payment contradicts it", (wrong) => {
  const { world, notice } = worldOf();
  expect(judge(world.known, { ...notice, facts: { ...notice.facts!, ...wrong } })).toBe("mismatch");
});

test("an event about another intent contradicts the payment it names", () => {
  const { world, notice } = worldOf();
  expect(judge(world.known, { ...notice, intentId: "pi_other" })).toBe("mismatch");
});

test("money given back elsewhere, or come back to us, is looked at", () => {
  const { world, notice } = worldOf();
  expect(judge(world.known, { ...notice, facts: null, refundedMinor: 1 })).toBe("looked");
  expect(judge(world.known, { ...notice, facts: null, refundFailed: true })).toBe("looked");
  expect(judge(world.known, { ...notice, facts: null })).toBe("known");
});

test("an event of a booking that is not ours, or none at all, is foreign or ignored", () => {
  const { notice } = worldOf();
  expect(judge(undefined, notice)).toBe("foreign");
  const event = (type: string, metadata: object) =>
    ({ type, data: { object: { id: "pi_1", metadata } } }) as unknown as Stripe.Event;
  expect(noticeOf(event("payment_intent.succeeded", { booking_id: "somebody else's" }))).toBeNull();
  expect(noticeOf(event("payment_intent.created", { booking_id: notice.bookingId }))).toBeNull();
});

test("what a partial capture releases, and a released authorisation, were never refunded", () => {
  const charge = (of: Partial<Stripe.Charge>) =>
    refundedOf({
      amount: 100,
      amount_captured: 0,
      amount_refunded: 0,
      captured: true,
      currency: "eur",
      ...of,
    } as Stripe.Charge);
  expect(charge({ amount_captured: 30, amount_refunded: 70 })).toBe(0);
  expect(charge({ amount_captured: 30, amount_refunded: 90 })).toBe(20);
  expect(charge({ captured: false, amount_refunded: 100 })).toBe(0);
});
