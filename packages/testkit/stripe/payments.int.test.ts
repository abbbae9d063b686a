import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stripe } from "stripe";
import { clientOf, heldPayment, idOf, post, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";

let standIn: StripeStandIn;
let stripe: Stripe;

beforeAll(async () => {
  ({ standIn, stripe } = await startWithClient());
});
beforeEach(() => standIn.reset());
afterAll(() => standIn[Symbol.asyncDispose]());

async function captured(amount = 10_000): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ ...heldPayment, amount, capture_method: "automatic" });
}

describe("a card payment", () => {
  it("is taken at once without manual capture", async () => {
    expect(await captured()).toMatchObject({
      status: "succeeded",
      amount_received: 10_000,
      amount_capturable: 0,
    });
  });

  it("gives back the rest of a partial capture for good", async () => {
    const held = await stripe.paymentIntents.create(heldPayment);
    const tooMuch = await refusalOf(stripe.paymentIntents.capture(held.id, { amount_to_capture: 10_001 }));
    expect(tooMuch).toMatchObject({ code: "amount_too_large", statusCode: 400, param: "amount_to_capture" });
    const taken = await stripe.paymentIntents.capture(
      held.id,
      { amount_to_capture: 7500 },
      { idempotencyKey: "part" },
    );
    expect(taken).toMatchObject({ status: "succeeded", amount_received: 7500, amount_capturable: 0 });
    const again = await refusalOf(stripe.paymentIntents.capture(held.id, { amount_to_capture: 100 }));
    expect(again.code).toBe("payment_intent_unexpected_state");
    expect(standIn.ledger().totals["eur"]).toMatchObject({
      authorised: 10_000,
      captured: 7500,
      voided: 2500,
    });
  });

  it("is voided, and cannot be captured afterwards", async () => {
    const held = await stripe.paymentIntents.create(heldPayment);
    const voided = await stripe.paymentIntents.cancel(held.id, { cancellation_reason: "abandoned" });
    expect(voided).toMatchObject({
      status: "canceled",
      amount_capturable: 0,
      cancellation_reason: "abandoned",
    });
    const refused = await refusalOf(stripe.paymentIntents.capture(held.id));
    expect(refused).toMatchObject({ code: "payment_intent_unexpected_state", statusCode: 400 });
    expect(refused.payment_intent?.status).toBe("canceled");
    expect(standIn.ledger().totals["eur"]).toMatchObject({ captured: 0, voided: 10_000, capturable: 0 });
  });

  it("asks for a card, then for confirmation, as the intent is built up", async () => {
    const empty = await stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      allowed_payment_method_types: ["card"],
    });
    expect(empty.status).toBe("requires_payment_method");
    expect((await refusalOf(stripe.paymentIntents.confirm(empty.id))).code).toBe(
      "payment_intent_unexpected_state",
    );
    const updated = await stripe.paymentIntents.update(empty.id, {
      amount: 700,
      payment_method: "pm_card_mastercard",
      metadata: { a: "1" },
    });
    expect(updated).toMatchObject({ status: "requires_confirmation", amount: 700, metadata: { a: "1" } });
    expect((await stripe.paymentIntents.confirm(empty.id)).status).toBe("succeeded");
  });

  it("must say where a guest comes back to if it may redirect", async () => {
    const { allowed_payment_method_types: _, ...automatic } = heldPayment;
    const refused = await refusalOf(stripe.paymentIntents.create(automatic));
    expect(refused.message).toContain("return_url");
    const held = await stripe.paymentIntents.create({
      ...automatic,
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    });
    expect(held.status).toBe("requires_capture");
  });

  it.each([
    ["pm_card_chargeDeclined", "card_declined", "generic_decline"],
    ["pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"],
    ["pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent"],
  ])("with %s is declined, and can be paid with another card", async (token, code, declineCode) => {
    const refused = await refusalOf(stripe.paymentIntents.create({ ...heldPayment, payment_method: token }));
    expect(refused).toMatchObject({
      type: "StripeCardError",
      statusCode: 402,
      code,
      decline_code: declineCode,
    });
    const id = refused.payment_intent?.id ?? "";
    const declined = await stripe.paymentIntents.retrieve(id);
    expect(declined).toMatchObject({ status: "requires_payment_method", last_payment_error: { code } });
    expect(await stripe.charges.retrieve(idOf(declined.latest_charge))).toMatchObject({
      status: "failed",
      paid: false,
    });
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "requires_capture", last_payment_error: null });
    expect(standIn.ledger().totals["eur"]).toMatchObject({ intents: 1, authorised: 10_000 });
  });
});

describe("3-D Secure", () => {
  const secured = {
    ...heldPayment,
    payment_method: "pm_card_threeDSecure2Required",
    return_url: "https://shop.test/back?a=1",
  };

  it("holds the money once the guest has authenticated", async () => {
    const waiting = await stripe.paymentIntents.create(secured);
    expect(waiting).toMatchObject({
      status: "requires_action",
      amount_capturable: 0,
      next_action: { type: "redirect_to_url" },
    });
    const response = await post(standIn, `payment_intents/${waiting.id}/authenticate`, {
      outcome: "succeed",
    });
    expect(await response.json()).toMatchObject({
      status: "requires_capture",
      amount_capturable: 10_000,
      next_action: null,
    });
  });

  it("asks for another card when the guest fails", async () => {
    const waiting = await stripe.paymentIntents.create(secured);
    await post(standIn, `payment_intents/${waiting.id}/authenticate`, { outcome: "fail" });
    const failed = await stripe.paymentIntents.retrieve(waiting.id);
    expect(failed).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "payment_intent_authentication_failure" },
      payment_method: null,
    });
    const again = await post(standIn, `payment_intents/${waiting.id}/authenticate`, { outcome: "succeed" });
    expect(again.status).toBe(400);
  });

  it("is offered to a person as a page that sends them back to the shop", async () => {
    const waiting = await stripe.paymentIntents.create(secured);
    const address = waiting.next_action?.redirect_to_url?.url ?? "";
    expect(await (await fetch(address)).text()).toContain("Complete authentication");
    const back = await fetch(address, {
      method: "POST",
      body: new URLSearchParams({ outcome: "succeed" }),
      redirect: "manual",
    });
    expect(back.status).toBe(303);
    const location = new URL(back.headers.get("location") ?? "");
    expect(location.searchParams.get("redirect_status")).toBe("succeeded");
    expect(location.searchParams.get("payment_intent_client_secret")).toBe(waiting.client_secret);
  });
});

describe("a guest's browser", () => {
  it("confirms with its client secret and a card of the guest's choice", async () => {
    const { payment_method: _, confirm: __, ...open } = heldPayment;
    const intent = await stripe.paymentIntents.create(open);
    const declined = await post(standIn, "confirm", {
      client_secret: intent.client_secret,
      payment_method: "pm_card_chargeDeclined",
    });
    expect(declined.status).toBe(402);
    const paid = await post(standIn, "confirm", {
      client_secret: intent.client_secret,
      payment_method: "pm_card_visa",
    });
    expect(await paid.json()).toMatchObject({ id: intent.id, status: "requires_capture" });
    const guessed = await post(standIn, "confirm", {
      client_secret: `${intent.id}_secret_guess`,
      payment_method: "pm_card_visa",
    });
    expect(guessed.status).toBe(404);
  });
});

describe("requests that are refused", () => {
  it.each([
    [{ ...heldPayment, amount: 10.5 }, "parameter_invalid_integer", "amount"],
    [{ ...heldPayment, amount: 0 }, "parameter_invalid_integer", "amount"],
    [{ ...heldPayment, amount: 49 }, "amount_too_small", "amount"],
    [{ ...heldPayment, amount: 100_000_000 }, "amount_too_large", "amount"],
    [{ ...heldPayment, bookingId: "x" }, "parameter_unknown", "bookingId"],
    [{ ...heldPayment, payment_method: "pm_none" }, "resource_missing", "payment_method"],
    [{ ...heldPayment, customer: "cus_none" }, "resource_missing", "customer"],
    [{ ...heldPayment, return_url: "nowhere" }, "url_invalid", "return_url"],
  ])("name the parameter at fault: %#", async (params, code, param) => {
    const refused = await refusalOf(stripe.paymentIntents.create(params));
    expect(refused).toMatchObject({ type: "StripeInvalidRequestError", statusCode: 400, code, param });
    expect(standIn.ledger().intents).toEqual([]);
  });

  it("answers 404 for what is not there and 401 for a key that is not the account's", async () => {
    const missing = await refusalOf(stripe.paymentIntents.retrieve("pi_none"));
    expect(missing).toMatchObject({ statusCode: 404, code: "resource_missing", param: "intent" });
    const stranger = await refusalOf(clientOf(standIn, "sk_test_other").paymentIntents.retrieve("pi_none"));
    expect(stranger).toMatchObject({ statusCode: 401, type: "StripeAuthenticationError" });
  });
});

describe("the ledger", () => {
  it("keeps its totals to the cent when the oldest finished intents are dropped", async () => {
    const small = await startWithClient({ bounds: { intents: 3 } });
    await using _ = small.standIn;
    const open = await small.stripe.paymentIntents.create(heldPayment);
    for (let count = 1; count <= 5; count += 1) {
      await small.stripe.paymentIntents.create({
        ...heldPayment,
        amount: 1000 + count,
        capture_method: "automatic",
      });
    }
    const ledger = small.standIn.ledger();
    expect(ledger.totals["eur"]).toMatchObject({ intents: 6, captured: 5015, capturable: 10_000 });
    expect(ledger.intents.map(({ amount }) => amount)).toEqual([10_000, 1004, 1005]);
    expect((await small.stripe.paymentIntents.retrieve(open.id)).status).toBe("requires_capture");
  });
});
