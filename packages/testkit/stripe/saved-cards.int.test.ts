import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stripe } from "stripe";
import { heldPayment, idOf, post, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";

let standIn: StripeStandIn;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  ({ standIn, stripe } = await startWithClient());
});
beforeEach(async () => {
  standIn.reset();
  ({ id: customer } = await stripe.customers.create());
});
afterAll(() => standIn[Symbol.asyncDispose]());

const browser = { return_url: "https://shop.test/back" };

/** Pays with the card as the guest would, and saves it. */
async function saved(token: string): Promise<string> {
  const intent = await stripe.paymentIntents.create({
    ...heldPayment,
    ...browser,
    customer,
    payment_method: token,
    setup_future_usage: "off_session",
  });
  if (intent.status === "requires_action") {
    await post(standIn, `payment_intents/${intent.id}/authenticate`, { outcome: "succeed" });
  }
  return idOf((await stripe.paymentIntents.retrieve(intent.id)).latest_charge);
}

async function savedCard(token: string): Promise<string> {
  return idOf((await stripe.charges.retrieve(await saved(token))).payment_method);
}

async function chargedWithoutGuest(card: string): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    ...heldPayment,
    capture_method: "automatic",
    customer,
    payment_method: card,
    off_session: true,
  });
}

describe("a card saved by a payment", () => {
  it("is a method of the customer's own, charged at once and again without them", async () => {
    const card = await savedCard("pm_card_visa");
    expect(card).not.toBe("pm_card_visa");
    expect((await stripe.paymentMethods.list({ customer, type: "card" })).data.map(({ id }) => id)).toEqual([
      card,
    ]);
    expect(await stripe.customers.retrievePaymentMethod(customer, card)).toMatchObject({
      id: card,
      customer,
      card: { last4: "4242" },
    });
    for (let time = 0; time < 2; time += 1) {
      expect(await chargedWithoutGuest(card)).toMatchObject({ status: "succeeded", amount_received: 10_000 });
    }
  });

  it("is told of, and told of again when it goes", async () => {
    const card = await savedCard("pm_card_visa");
    await stripe.paymentMethods.detach(card);
    await stripe.customers.del(customer);
    const events = await stripe.events.list({ types: ["payment_method.*", "customer.*"] });
    expect(events.data.map(({ type }) => type)).toEqual([
      "customer.deleted",
      "payment_method.detached",
      "payment_method.attached",
      "customer.created",
    ]);
  });

  it("is not saved, and spent, without setup_future_usage", async () => {
    const paid = await stripe.paymentIntents.create({ ...heldPayment, customer });
    const spent = idOf(paid.payment_method);
    expect((await stripe.paymentMethods.retrieve(spent)).customer).toBeNull();
    expect((await refusalOf(chargedWithoutGuest(spent))).message).toContain("may not be used again");
    expect((await refusalOf(stripe.paymentMethods.attach(spent, { customer }))).statusCode).toBe(400);
  });

  it("belongs to its customer alone", async () => {
    const card = await savedCard("pm_card_visa");
    const other = await stripe.customers.create();
    const stranger = await refusalOf(stripe.customers.retrievePaymentMethod(other.id, card));
    expect(stranger).toMatchObject({ statusCode: 404, code: "resource_missing" });
  });
});

describe("a charge without the guest", () => {
  it.each([
    ["pm_card_authenticationRequired", "authentication_required", "authentication_required"],
    [
      "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
      "authentication_required",
      "authentication_required",
    ],
    ["pm_card_authenticationRequiredOnSetup", "authentication_required", "authentication_required"],
    ["pm_card_chargeCustomerFail", "card_declined", "generic_decline"],
  ])("on %s, attached unpaid, fails each time: %s", async (token, code, declineCode) => {
    const { id: card } = await stripe.paymentMethods.attach(token, { customer });
    for (let time = 0; time < 2; time += 1) {
      const refused = await refusalOf(chargedWithoutGuest(card));
      expect(refused).toMatchObject({ statusCode: 402, code, decline_code: declineCode });
      const intent = await stripe.paymentIntents.retrieve(refused.payment_intent?.id ?? "");
      expect(intent).toMatchObject({
        status: "requires_payment_method",
        last_payment_error: { code, payment_method: { id: card } },
        customer,
      });
    }
    expect(standIn.ledger().totals["eur"]?.captured).toBe(0);
  });

  it("fails on a card that always authenticates, and passes on one set up by its guest", async () => {
    const strict = await savedCard("pm_card_authenticationRequired");
    expect((await refusalOf(chargedWithoutGuest(strict))).code).toBe("authentication_required");
    const trusting = await savedCard("pm_card_authenticationRequiredOnSetup");
    expect((await chargedWithoutGuest(trusting)).status).toBe("succeeded");
  });

  it("passes on a card set up from the start, whose guest is asked when there", async () => {
    const { id: card } = await stripe.paymentMethods.attach(
      "pm_card_authenticationRequiredSetupForOffSession",
      { customer },
    );
    expect((await chargedWithoutGuest(card)).status).toBe("succeeded");
    const present = await stripe.paymentIntents.create({ ...heldPayment, customer, payment_method: card });
    expect(present.status).toBe("requires_action");
  });

  it("that failed is paid by the guest with another card, which is saved instead", async () => {
    const { id: card } = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
    const refused = await refusalOf(chargedWithoutGuest(card));
    const intent = await stripe.paymentIntents.retrieve(refused.payment_intent?.id ?? "");
    const paid = await post(standIn, "confirm", {
      client_secret: intent.client_secret,
      payment_method: "pm_card_visa",
      setup_future_usage: "off_session",
    });
    expect(await paid.json()).toMatchObject({ id: intent.id, status: "succeeded", last_payment_error: null });
    const cards = await stripe.customers.listPaymentMethods(customer);
    expect(cards.data.map(({ card: details }) => details?.last4)).toEqual(["4242", "0341"]);
  });

  it("that failed is paid by the same card once its guest authenticates", async () => {
    const card = await savedCard("pm_card_authenticationRequired");
    const refused = await refusalOf(chargedWithoutGuest(card));
    const id = refused.payment_intent?.id ?? "";
    const again = await stripe.paymentIntents.confirm(id, { payment_method: card, ...browser });
    expect(again).toMatchObject({ status: "requires_action", next_action: { type: "redirect_to_url" } });
    await post(standIn, `payment_intents/${id}/authenticate`, { outcome: "succeed" });
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe("succeeded");
  });
});
