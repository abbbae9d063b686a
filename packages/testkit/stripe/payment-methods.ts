import type { Stripe } from "stripe";
import type { Account } from "./account.ts";
import { requireCustomer } from "./customers.ts";
import { cardDeclined, conflictingState, invalidParameter, noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { emptyForm } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { PaymentMethod, PaymentMethodObject } from "./objects.ts";
import { optionalText, requiredText } from "./parameters.ts";
import { detachFromCustomer, saveToCustomer, usedUp } from "./saved-methods.ts";
import { testCard, type TestCard } from "./test-cards.ts";

function cardDetails(card: TestCard): Stripe.PaymentMethod.Card {
  return {
    brand: card.brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: "US",
    display_brand: card.brand,
    exp_month: 12,
    exp_year: 2034,
    fingerprint: `fp_${card.brand}${card.last4}`,
    funding: "credit",
    generated_from: null,
    last4: card.last4,
    networks: { available: [card.brand], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

const noBillingDetails: Stripe.PaymentMethod.BillingDetails & Stripe.Charge.BillingDetails = {
  address: null,
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

function store(account: Account, card: TestCard): PaymentMethod {
  const id = newId("pm");
  const object: PaymentMethodObject = {
    id,
    object: "payment_method",
    billing_details: noBillingDetails,
    card: cardDetails(card),
    created: account.nowSeconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: emptyForm() as Stripe.Metadata,
    type: "card",
  };
  const method: PaymentMethod = { id, card, isSetUp: card.isSetUp, isSpent: false, object };
  account.paymentMethods.put(method);
  if (account.paymentMethods.size > account.bounds.intents * 2) account.paymentMethods.removeOldest();
  return method;
}

/** The stored method an id names, or a new one where it is a test token. */
function find(account: Account, id: string): PaymentMethod | undefined {
  const stored = account.paymentMethods.get(id);
  if (stored !== undefined) return stored;
  const card = testCard(id);
  return card === undefined ? undefined : store(account, card);
}

/**
 * The method a payment names by id or test token.
 *
 * @throws Refusal `resource_missing`, or when it is saved to another customer or used up
 */
export function methodForPayment(account: Account, id: string, customer: string | null): PaymentMethod {
  const method = find(account, id);
  if (method === undefined) throw noSuch("PaymentMethod", id, "payment_method", 400);
  const owner = method.object.customer;
  if (owner !== null && owner !== customer) {
    const message =
      "The payment method you provided is attached to a customer so for security purposes you must provide the customer in the request.";
    throw conflictingState("payment_intent_invalid_parameter", message, { param: "payment_method" });
  }
  if (method.isSpent) throw usedUp();
  return method;
}

function require(account: Account, id: string): PaymentMethod {
  const method = find(account, id);
  if (method === undefined) throw noSuch("PaymentMethod", id, "payment_method");
  return method;
}

export function createPaymentMethod(account: Account, form: Form): PaymentMethodObject {
  if (requiredText(form, "type") !== "card") throw invalidParameter("Only cards are offered here.", "type");
  const card = form["card"];
  const token = typeof card === "object" ? optionalText(card, "token") : undefined;
  // Only tokens are taken, as Stripe asks of any account that may not handle raw card numbers.
  if (token === undefined)
    throw invalidParameter("Missing required param: card[token].", "card[token]", "parameter_missing");
  const known = testCard(token.replace(/^tok_/, "pm_card_"));
  if (known === undefined) throw noSuch("token", token, "card[token]", 400);
  return store(account, known).object;
}

export function retrievePaymentMethod(account: Account, id: string): PaymentMethodObject {
  return require(account, id).object;
}

export function attachPaymentMethod(account: Account, id: string, form: Form): PaymentMethodObject {
  const customer = requireCustomer(account, requiredText(form, "customer"), 400);
  const method = require(account, id);
  const owner = method.object.customer;
  if (owner !== null && owner !== customer.id) {
    throw conflictingState(
      "payment_method_unexpected_state",
      "The payment method you provided has already been attached to a customer.",
    );
  }
  if (method.isSpent) throw usedUp();
  const { decline, refusesAttaching } = method.card;
  if (decline !== null && refusesAttaching) {
    throw cardDeclined({ code: decline.code, decline_code: decline.declineCode, message: decline.message });
  }
  saveToCustomer(account, method, customer.id);
  return method.object;
}

export function detachPaymentMethod(account: Account, id: string): PaymentMethodObject {
  const method = require(account, id);
  if (method.object.customer === null) {
    const message =
      "The payment method you provided is not attached to a customer so detachment is impossible.";
    throw conflictingState("payment_method_unexpected_state", message);
  }
  detachFromCustomer(account, method);
  return method.object;
}

export function listPaymentMethods(account: Account, form: Form): Stripe.ApiList<PaymentMethodObject> {
  const customer = requiredText(form, "customer");
  return list(account, form, customer, "/v1/payment_methods");
}

export function listCustomerPaymentMethods(
  account: Account,
  id: string,
  form: Form,
): Stripe.ApiList<PaymentMethodObject> {
  requireCustomer(account, id, 404);
  return list(account, form, id, `/v1/customers/${id}/payment_methods`);
}

/** One of a customer's saved methods. */
export function retrieveCustomerPaymentMethod(
  account: Account,
  id: string,
  methodId: string,
): PaymentMethodObject {
  requireCustomer(account, id, 404);
  const method = require(account, methodId);
  if (method.object.customer !== id) throw noSuch("PaymentMethod", methodId, "payment_method");
  return method.object;
}

function list(
  account: Account,
  form: Form,
  customer: string,
  url: string,
): Stripe.ApiList<PaymentMethodObject> {
  const type = optionalText(form, "type");
  return page(
    form,
    account.paymentMethods,
    url,
    ({ object }) => object.customer === customer && (type === undefined || type === object.type),
  );
}
