/** What of Stripe's ways payment is built upon, by the real client alone: true of Stripe itself and of its stand-in. */
import { newId } from "@holdfast/contracts/ids";
import type { Stripe } from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idOf, refusalOf } from "./stand-in.fixture.ts";
import { clientAt, type StripeAt } from "./stripe-at.fixture.ts";

/** A held payment of 100.00 in euro, asked for as payment does. */
const held = {
  amount: 10_000,
  currency: "eur",
  capture_method: "manual",
  confirm: true,
  payment_method: "pm_card_visa",
  automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  metadata: { booking_id: "bkg_1" },
} satisfies Stripe.PaymentIntentCreateParams;

type Client = () => Stripe;

const freshKey = () => ({ idempotencyKey: `booking:${newId("bkg")}:authorise:1` });

function cardRules(stripe: Client): void {
  test("an intent is held, then captured in full, and not released any more", async () => {
    const intent = await stripe().paymentIntents.create(held);
    expect(intent).toMatchObject({
      status: "requires_capture",
      amount_capturable: 10_000,
      amount_received: 0,
    });
    expect(intent.metadata).toEqual({ booking_id: "bkg_1" });
    const taken = await stripe().paymentIntents.capture(intent.id);
    expect(taken).toMatchObject({ status: "succeeded", amount_capturable: 0, amount_received: 10_000 });
    const charge = await stripe().charges.retrieve(idOf(taken.latest_charge));
    expect(charge).toMatchObject({ captured: true, amount_captured: 10_000, payment_intent: intent.id });
    const refused = await refusalOf(stripe().paymentIntents.cancel(intent.id));
    expect(refused.code).toBe("payment_intent_unexpected_state");
  });

  test.each([
    ["pm_card_chargeDeclined", "card_declined", "generic_decline"],
    ["pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"],
    ["pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent"],
  ])("%s is declined, and another card can pay the same intent", async (token, code, declineCode) => {
    const refused = await refusalOf(stripe().paymentIntents.create({ ...held, payment_method: token }));
    expect(refused).toMatchObject({
      type: "StripeCardError",
      statusCode: 402,
      code,
      decline_code: declineCode,
    });
    const id = refused.payment_intent?.id ?? "";
    const declined = await stripe().paymentIntents.retrieve(id);
    expect(declined).toMatchObject({ status: "requires_payment_method", last_payment_error: { code } });
    const failed = await stripe().charges.retrieve(idOf(declined.latest_charge));
    expect(failed).toMatchObject({ status: "failed", paid: false });
    const paid = await stripe().paymentIntents.confirm(id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "requires_capture", last_payment_error: null });
  });

  test("a card that asks for 3-D Secure holds nothing yet, and is declined where the guest is not there", async () => {
    const secured = { ...held, payment_method: "pm_card_threeDSecure2Required" };
    const waiting = await stripe().paymentIntents.create(secured);
    expect(waiting).toMatchObject({ status: "requires_action", amount_capturable: 0, amount_received: 0 });
    expect(waiting.next_action?.type).toBe("use_stripe_sdk");
    const { id: customer } = await stripe().customers.create();
    const card = await stripe().paymentMethods.attach("pm_card_authenticationRequired", { customer });
    const away = { ...held, customer, payment_method: card.id, off_session: true };
    const refused = await refusalOf(stripe().paymentIntents.create(away));
    expect(refused).toMatchObject({ statusCode: 402, code: "authentication_required" });
  });
}

function keyRules(stripe: Client): void {
  test("a key's first answer is given again, also after the intent has moved on", async () => {
    const keyed = freshKey();
    const mine = { ...held, metadata: { payment_id: newId("pay") } };
    const first = await stripe().paymentIntents.create(mine, keyed);
    await stripe().paymentIntents.capture(first.id);
    const again = await stripe().paymentIntents.create(mine, keyed);
    expect(again).toEqual(first);
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(again.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    const listed = await stripe().paymentIntents.list({ created: { gte: first.created }, limit: 100 });
    const made = listed.data.filter(({ metadata }) => metadata["payment_id"] === mine.metadata.payment_id);
    expect(made.map(({ id }) => id)).toEqual([first.id]);
  });

  test("a decline is given again under its key, and not tried again", async () => {
    const keyed = freshKey();
    const declined = { ...held, payment_method: "pm_card_chargeDeclined" };
    const first = await refusalOf(stripe().paymentIntents.create(declined, keyed));
    const again = await refusalOf(stripe().paymentIntents.create(declined, keyed));
    expect(again.payment_intent?.id).toBe(first.payment_intent?.id);
    expect(again.headers?.["idempotent-replayed"]).toBe("true");
    const tried = await stripe().charges.list({ payment_intent: first.payment_intent?.id ?? "" });
    expect(tried.data).toHaveLength(1);
  });

  test("a key is refused with another body, and at another endpoint", async () => {
    const keyed = freshKey();
    const first = await stripe().paymentIntents.create(held, keyed);
    const other = await refusalOf(stripe().paymentIntents.create({ ...held, amount: 9999 }, keyed));
    expect(other).toMatchObject({
      type: "StripeIdempotencyError",
      statusCode: 400,
      rawType: "idempotency_error",
    });
    const elsewhere = await refusalOf(stripe().paymentIntents.capture(first.id, {}, keyed));
    expect(elsewhere.rawType).toBe("idempotency_error");
    const { amount, ...rest } = held;
    expect((await stripe().paymentIntents.create({ ...rest, amount }, keyed)).id).toBe(first.id);
  });
}

function refundRules(stripe: Client): void {
  test("refunds go up to the captured amount in parts, and not one cent over", async () => {
    const { id: intent } = await stripe().paymentIntents.create({ ...held, capture_method: "automatic" });
    const refund = (amount: number) => stripe().refunds.create({ payment_intent: intent, amount });
    const first = await refund(4000);
    expect(first).toMatchObject({ status: "succeeded", amount: 4000, payment_intent: intent });
    expect((await refusalOf(refund(6001))).statusCode).toBe(400);
    const rest = await refund(6000);
    expect((await refusalOf(refund(1))).code).toBe("charge_already_refunded");
    const listed = await stripe().refunds.list({ payment_intent: intent });
    expect(listed.data.map(({ id }) => id).toSorted()).toEqual([first.id, rest.id].toSorted());
    const charge = await stripe().charges.retrieve(idOf(first.charge));
    expect(charge).toMatchObject({ refunded: true, amount_refunded: 10_000 });
  });

  test.each([
    ["kwd", 5_124, 5_120],
    ["isk", 12_550, 12_500],
  ])(
    "no finer amount of %s is charged or given back than card networks take",
    async (currency, fine, taken) => {
      const charge = (amount: number) =>
        stripe().paymentIntents.create({ ...held, amount, currency, capture_method: "automatic" });
      expect((await refusalOf(charge(fine))).statusCode).toBe(400);
      const { id: intent } = await charge(taken);
      const tooFine = stripe().refunds.create({ payment_intent: intent, amount: fine - taken });
      expect((await refusalOf(tooFine)).statusCode).toBe(400);
      expect((await stripe().refunds.create({ payment_intent: intent })).amount).toBe(taken);
    },
  );

  test("refunds stop at what was captured, not at what was held", async () => {
    const { id: intent } = await stripe().paymentIntents.create(held);
    expect((await refusalOf(stripe().refunds.create({ payment_intent: intent }))).statusCode).toBe(400);
    await stripe().paymentIntents.capture(intent, { amount_to_capture: 3000 });
    const over = await refusalOf(stripe().refunds.create({ payment_intent: intent, amount: 3001 }));
    expect(over.statusCode).toBe(400);
    expect((await stripe().refunds.create({ payment_intent: intent })).amount).toBe(3000);
  });
}

function savedCardRules(stripe: Client): void {
  /** The customer's card, saved by a payment. */
  async function saved(): Promise<{ readonly customer: string; readonly card: string }> {
    const { id: customer } = await stripe().customers.create();
    const saving = { ...held, customer, setup_future_usage: "off_session" } as const;
    return { customer, card: idOf((await stripe().paymentIntents.create(saving)).payment_method) };
  }
  const charge = (customer: string, card: string) =>
    stripe().paymentIntents.create({ ...held, customer, payment_method: card, off_session: true });

  test("a saved card is its customer's own, and charged without them again and again", async () => {
    const { customer, card } = await saved();
    const listed = await stripe().paymentMethods.list({ customer, type: "card" });
    expect(listed.data).toMatchObject([{ id: card, customer, card: { last4: "4242" } }]);
    for (let time = 0; time < 2; time += 1)
      expect(await charge(customer, card)).toMatchObject({ status: "requires_capture" });
    const { id: other } = await stripe().customers.create();
    expect((await refusalOf(charge(other, card))).statusCode).toBe(400);
  });

  test("a card that is not saved, or detached, is charged no more", async () => {
    const { id: customer } = await stripe().customers.create();
    const { payment_method: spent } = await stripe().paymentIntents.create(held);
    expect((await refusalOf(charge(customer, idOf(spent)))).statusCode).toBe(400);
    const known = await saved();
    await stripe().paymentMethods.detach(known.card);
    expect((await refusalOf(charge(known.customer, known.card))).statusCode).toBe(400);
    const left = await stripe().paymentMethods.list({ customer: known.customer, type: "card" });
    expect(left.data).toEqual([]);
  });
}

function listRules(stripe: Client): void {
  test("an intent is in the list as soon as it is made, and each on one page alone", async () => {
    const mine = newId("pay");
    const make = () => stripe().paymentIntents.create({ ...held, metadata: { payment_id: mine } });
    const made = [await make(), await make(), await make()];
    const seen: string[] = [];
    const since = { created: { gte: made[0]!.created - 60 } };
    for await (const { id, metadata } of stripe().paymentIntents.list({ ...since, limit: 2 })) {
      if (metadata["payment_id"] === mine) seen.push(id);
      if (seen.length === made.length) break;
    }
    expect(seen.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    const later = await stripe().paymentIntents.list({ created: { gt: made[2]!.created + 3_600 } });
    expect(later.data).toEqual([]);
  });
}

/** Registers the tests; Stripe is opened before the first and left after the last. */
export function stripeRules(open: () => Promise<StripeAt>): void {
  let at: StripeAt;
  let stripe: Stripe;
  beforeAll(async () => {
    at = await open();
    stripe = clientAt(at);
  });
  afterAll(() => at[Symbol.asyncDispose]());
  const client = () => stripe;
  describe("cards", () => {
    cardRules(client);
  });
  describe("idempotency keys", () => {
    keyRules(client);
  });
  describe("refunds", () => {
    refundRules(client);
  });
  describe("saved cards", () => {
    savedCardRules(client);
  });
  describe("lists", () => {
    listRules(client);
  });
}
