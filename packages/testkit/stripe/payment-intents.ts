import type { Stripe } from "stripe";
import { announce, type Account } from "./account.ts";
import { confirmIntent, refuseWithoutReturnUrl, useMethod } from "./confirm-payment-intent.ts";
import { requireCustomer } from "./customers.ts";
import { conflictingState, invalidParameter, noSuch, rateLimited } from "./errors.ts";
import { emptyForm, type Form } from "./form-body.ts";
import { newClientSecret, newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { Intent, IntentObject } from "./objects.ts";
import {
  checkChargeAmount,
  clearableText,
  futureUsages,
  mergedMetadata,
  optionalChoice,
  optionalFlag,
  optionalGroup,
  optionalInteger,
  optionalText,
  optionalTexts,
  optionalUrl,
  requiredAmount,
  requiredCurrency,
} from "./parameters.ts";

const captureMethods = ["automatic", "automatic_async", "manual"] as const;
const amendable = ["requires_payment_method", "requires_confirmation", "requires_action"];

/** The intent a path names. @throws Refusal `resource_missing` */
export function requireIntent(account: Account, id: string): Intent {
  const intent = account.intents.get(id);
  if (intent === undefined) throw noSuch("payment_intent", id, "intent");
  return intent;
}

/** Since 2026-09-30 the request names what it allows, and `payment_method_types` is only ever answered. */
function offeredMethods(
  form: Form,
): Pick<IntentObject, "allowed_payment_method_types" | "automatic_payment_methods" | "payment_method_types"> {
  const allowed = optionalTexts(form, "allowed_payment_method_types") ?? null;
  if (allowed !== null && !allowed.includes("card")) {
    throw invalidParameter("Only cards are offered here.", "allowed_payment_method_types");
  }
  const automatic = optionalGroup(form, "automatic_payment_methods") ?? emptyForm();
  const enabled = optionalFlag(automatic, "enabled") ?? true;
  const redirects = optionalChoice(automatic, "allow_redirects", ["always", "never"]) ?? "always";
  return {
    allowed_payment_method_types: allowed,
    automatic_payment_methods: enabled ? { allow_redirects: redirects, enabled } : null,
    payment_method_types: ["card"],
  };
}

function newIntentObject(
  account: Account,
  form: Form,
  customer: string | null,
  method: string | null,
): IntentObject {
  const id = newId("pi");
  const currency = requiredCurrency(form);
  return {
    id,
    object: "payment_intent",
    amount: requiredAmount(form, currency),
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    ...offeredMethods(form),
    canceled_at: null,
    cancellation_reason: null,
    capture_method: optionalChoice(form, "capture_method", captureMethods) ?? "automatic_async",
    client_secret: newClientSecret(id),
    confirmation_method: optionalChoice(form, "confirmation_method", ["automatic", "manual"]) ?? "automatic",
    created: account.nowSeconds(),
    currency,
    customer,
    customer_account: null,
    description: optionalText(form, "description") ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergedMetadata({}, form),
    next_action: null,
    on_behalf_of: null,
    payment_method: method,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_record: null,
    processing: null,
    receipt_email: optionalText(form, "receipt_email") ?? null,
    review: null,
    setup_future_usage: optionalChoice(form, "setup_future_usage", futureUsages) ?? null,
    shipping: null,
    source: null,
    statement_descriptor: optionalText(form, "statement_descriptor") ?? null,
    statement_descriptor_suffix: optionalText(form, "statement_descriptor_suffix") ?? null,
    status: method === null ? "requires_payment_method" : "requires_confirmation",
    transfer_data: null,
    transfer_group: optionalText(form, "transfer_group") ?? null,
  };
}

/** Creates an intent and, with `confirm`, charges its card at once. */
export function createPaymentIntent(account: Account, form: Form): IntentObject {
  const confirm = optionalFlag(form, "confirm") ?? false;
  for (const name of ["off_session", "return_url", "error_on_requires_action"]) {
    if (!confirm && form[name] !== undefined) {
      throw invalidParameter(`You may only specify '${name}' when 'confirm' is true.`, name);
    }
  }
  const token = optionalText(form, "payment_method");
  if (confirm && token === undefined) {
    throw invalidParameter(
      "You cannot confirm this PaymentIntent because it's missing a payment method.",
      "payment_method",
      "parameter_missing",
    );
  }
  // Live authorisations are never dropped, so too many of them are refused instead.
  if (account.intents.size >= account.bounds.intents * 2) throw rateLimited();
  const object = newIntentObject(account, form, customerOf(account, form), token ?? null);
  const returnUrl = optionalUrl(form, "return_url") ?? null;
  if (confirm) refuseWithoutReturnUrl(object, returnUrl);
  const intent: Intent = {
    id: object.id,
    object,
    returnUrl,
    authorisedMinor: 0,
    voidedMinor: 0,
    refundedMinor: 0,
    chargeIds: [],
    refundIds: [],
    paymentMethodIds: [],
  };
  if (token !== undefined) useMethod(account, intent, token);
  account.intents.put(intent);
  announce(account, { type: "payment_intent.created", object: intent.object });
  return confirm ? confirmIntent(account, intent, form, undefined) : intent.object;
}

function customerOf(account: Account, form: Form): string | null {
  const customer = optionalText(form, "customer");
  return customer === undefined ? null : requireCustomer(account, customer, 400).id;
}

export function retrievePaymentIntent(account: Account, id: string): IntentObject {
  return requireIntent(account, id).object;
}

export function listPaymentIntents(account: Account, form: Form): Stripe.ApiList<IntentObject> {
  const customer = optionalText(form, "customer");
  return page(
    form,
    account.intents,
    "/v1/payment_intents",
    ({ object }) => customer === undefined || object.customer === customer,
  );
}

export function updatePaymentIntent(account: Account, id: string, form: Form): IntentObject {
  const intent = requireIntent(account, id);
  const { object } = intent;
  const currency = form["currency"] === undefined ? object.currency : requiredCurrency(form);
  const amount = optionalInteger(form, "amount", 1);
  const token = optionalText(form, "payment_method");
  for (const name of ["amount", "currency", "payment_method", "customer", "setup_future_usage"]) {
    if (form[name] !== undefined) refuseUnlessAmendable(object, name);
  }
  const description = clearableText(form, "description");
  const receiptEmail = clearableText(form, "receipt_email");
  const future = optionalChoice(form, "setup_future_usage", futureUsages);
  const transferGroup = optionalText(form, "transfer_group");
  intent.object = {
    ...object,
    amount: amount === undefined ? object.amount : checkChargeAmount(amount, currency),
    currency,
    customer: customerOf(account, form) ?? object.customer,
    description: description === undefined ? object.description : description,
    metadata: mergedMetadata(object.metadata, form),
    receipt_email: receiptEmail === undefined ? object.receipt_email : receiptEmail,
    setup_future_usage: future ?? object.setup_future_usage,
    transfer_group: transferGroup ?? object.transfer_group,
  };
  if (token !== undefined) {
    useMethod(account, intent, token);
    intent.object = { ...intent.object, status: "requires_confirmation", next_action: null };
  }
  return intent.object;
}

function refuseUnlessAmendable(object: IntentObject, name: string): void {
  if (amendable.includes(object.status)) return;
  throw conflictingState(
    "payment_intent_unexpected_state",
    `This PaymentIntent's ${name} could not be updated because it has a status of ${object.status}. You may only update the ${name} of a PaymentIntent with one of the following statuses: ${amendable.join(", ")}.`,
    { param: name, payment_intent: object },
  );
}
