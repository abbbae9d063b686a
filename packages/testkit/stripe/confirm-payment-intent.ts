import type { Stripe } from "stripe";
import { announce, finish, type Account } from "./account.ts";
import { bookCharge } from "./balance-transactions.ts";
import { chargeIntent } from "./charges.ts";
import { disputeAsCardDoes } from "./disputes.ts";
import {
  cardDeclined,
  conflictingState,
  invalidParameter,
  noSuch,
  Refusal,
  type ErrorDetail,
} from "./errors.ts";
import type { Form } from "./form-body.ts";
import type { Intent, IntentObject, PaymentMethod } from "./objects.ts";
import { futureUsages, optionalChoice, optionalFlag, optionalUrl, type FutureUsage } from "./parameters.ts";
import { methodForPayment } from "./payment-methods.ts";
import { afterPayment } from "./saved-methods.ts";
import type { Decline } from "./test-cards.ts";

const confirmable = ["requires_payment_method", "requires_confirmation", "requires_action"];
const authenticationRequired: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

/** Puts a payment method, or the one a test token stands for, on an intent. */
export function useMethod(account: Account, intent: Intent, token: string): void {
  const method = methodForPayment(account, token, intent.object.customer);
  if (!intent.paymentMethodIds.includes(method.id)) intent.paymentMethodIds.push(method.id);
  intent.object = { ...intent.object, payment_method: method.id };
}

/** @throws Refusal when the intent may redirect the guest and there is nowhere to come back to */
export function refuseWithoutReturnUrl(object: IntentObject, returnUrl: string | null): void {
  const automatic = object.automatic_payment_methods;
  const allowed = object.allowed_payment_method_types;
  const cardsOnly = allowed !== null && allowed.every((type) => type === "card");
  if (cardsOnly || automatic === null || automatic.allow_redirects === "never" || returnUrl !== null) return;
  throw invalidParameter(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
    undefined,
  );
}

/**
 * Confirms from the merchant's server, under the create or confirm parameters of the form.
 * `token` is the payment method to put on the intent first, where it is not there yet.
 *
 * @throws Refusal a card error carrying the intent when the card is declined; the intent then awaits another card
 */
export function confirmIntent(
  account: Account,
  intent: Intent,
  form: Form,
  token: string | undefined,
): IntentObject {
  const returnUrl = optionalUrl(form, "return_url") ?? intent.returnUrl;
  refuseWithoutReturnUrl(intent.object, returnUrl);
  intent.returnUrl = returnUrl;
  // `off_session` may also name a kind of agreement (`one_off`, `recurring`); each means the guest is away.
  const offSession = form["off_session"] !== undefined && form["off_session"] !== "false";
  const mayAuthenticate = !offSession && optionalFlag(form, "error_on_requires_action") !== true;
  const usage = optionalChoice(form, "setup_future_usage", futureUsages);
  return attempt(account, intent, token, usage, { offSession, mayAuthenticate });
}

/** What a guest's browser may say when it confirms. */
export interface BrowserConfirmation {
  readonly token: string | undefined;
  readonly returnUrl: string | null;
  readonly usage: FutureUsage | undefined;
}

/** Confirms as the guest's browser does: it is present, so it can be asked to authenticate. */
export function confirmInBrowser(
  account: Account,
  intent: Intent,
  { token, returnUrl, usage }: BrowserConfirmation,
): IntentObject {
  if (returnUrl !== null) intent.returnUrl = returnUrl;
  return attempt(account, intent, token, usage, { offSession: false, mayAuthenticate: true });
}

function attempt(
  account: Account,
  intent: Intent,
  token: string | undefined,
  usage: FutureUsage | undefined,
  holder: { offSession: boolean; mayAuthenticate: boolean },
): IntentObject {
  refuseUnlessConfirmable(intent.object);
  if (usage !== undefined) intent.object = { ...intent.object, setup_future_usage: usage };
  if (token !== undefined) useMethod(account, intent, token);
  const method = methodOf(account, intent);
  if (!mustAuthenticate(method, holder.offSession)) {
    return charge(account, intent, method, method.card.decline);
  }
  if (!holder.mayAuthenticate) return charge(account, intent, method, authenticationRequired);
  intent.object = { ...intent.object, status: "requires_action", next_action: nextAction(account, intent) };
  announce(account, { type: "payment_intent.requires_action", object: intent.object });
  return intent.object;
}

function mustAuthenticate({ card, isSetUp }: PaymentMethod, offSession: boolean): boolean {
  return (
    card.authenticates === "always" || (card.authenticates === "unless-set-up" && !(offSession && isSetUp))
  );
}

function refuseUnlessConfirmable(object: IntentObject): void {
  if (confirmable.includes(object.status)) return;
  const message =
    object.status === "canceled"
      ? "You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action."
      : "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.";
  throw conflictingState("payment_intent_unexpected_state", message, { payment_intent: object });
}

function methodOf(account: Account, intent: Intent): PaymentMethod {
  const id = intent.object.payment_method;
  if (id === null) {
    throw conflictingState(
      "payment_intent_unexpected_state",
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
      { payment_intent: intent.object },
    );
  }
  const method = account.paymentMethods.get(id);
  if (method === undefined) throw noSuch("PaymentMethod", id, "payment_method", 400);
  return method;
}

function nextAction(account: Account, intent: Intent): Stripe.PaymentIntent.NextAction {
  const url = `${account.publicUrl()}/_stand-in/payment_intents/${intent.id}/authenticate`;
  return intent.returnUrl === null
    ? { type: "use_stripe_sdk", use_stripe_sdk: {} }
    : { type: "redirect_to_url", redirect_to_url: { return_url: intent.returnUrl, url } };
}

function charge(
  account: Account,
  intent: Intent,
  method: PaymentMethod,
  decline: Decline | null,
): IntentObject {
  const attempted = chargeIntent(account, intent, method, decline);
  if (decline !== null) {
    announce(account, { type: "charge.failed", object: attempted.object });
    const { code, declineCode, message } = decline;
    throw fail(account, intent, method, { code, decline_code: declineCode, message, charge: attempted.id });
  }
  const { object } = intent;
  afterPayment(account, method, object);
  const manual = object.capture_method === "manual";
  if (object.capture_method === "automatic") bookCharge(account, attempted);
  intent.authorisedMinor = object.amount;
  intent.object = {
    ...object,
    amount_capturable: manual ? object.amount : 0,
    amount_received: manual ? 0 : object.amount,
    last_payment_error: null,
    latest_charge: attempted.id,
    next_action: null,
    status: manual ? "requires_capture" : "succeeded",
  };
  announce(account, { type: "charge.succeeded", object: attempted.object });
  const type = manual ? "payment_intent.amount_capturable_updated" : "payment_intent.succeeded";
  announce(account, { type, object: intent.object });
  if (object.capture_method === "automatic_async") {
    // Stripe books these moments later, and tells of it in an event of its own.
    bookCharge(account, attempted);
    announce(account, { type: "charge.updated", object: attempted.object });
  }
  if (!manual) {
    disputeAsCardDoes(account, attempted);
    finish(account, intent);
  }
  return intent.object;
}

function fail(
  account: Account,
  intent: Intent,
  method: PaymentMethod,
  error: Omit<ErrorDetail, "type">,
): Refusal {
  const described = { ...error, payment_method: method.object };
  intent.object = {
    ...intent.object,
    last_payment_error: { ...described, type: "card_error" },
    latest_charge: error.charge ?? intent.object.latest_charge,
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  };
  announce(account, { type: "payment_intent.payment_failed", object: intent.object });
  return cardDeclined({ ...described, payment_intent: intent.object });
}

/**
 * The guest finishes 3-D Secure. A failed one returns the intent to `requires_payment_method`; so does a card
 * that authenticates and is then declined. Neither is an error to the guest's browser, which only comes back.
 *
 * @throws Refusal when the intent is not waiting for authentication
 */
export function finishAuthentication(
  account: Account,
  intent: Intent,
  outcome: "succeed" | "fail",
): IntentObject {
  if (intent.object.status !== "requires_action") {
    const message = `This PaymentIntent is not waiting for authentication: it has a status of ${intent.object.status}.`;
    throw conflictingState("payment_intent_unexpected_state", message, { payment_intent: intent.object });
  }
  const method = methodOf(account, intent);
  if (outcome === "fail") {
    failAuthentication(account, intent, method);
    return intent.object;
  }
  try {
    return charge(account, intent, method, method.card.decline);
  } catch (error) {
    if (error instanceof Refusal && error.status === 402) return intent.object;
    throw error;
  }
}

function failAuthentication(account: Account, intent: Intent, method: PaymentMethod): void {
  intent.object = {
    ...intent.object,
    last_payment_error: {
      code: "payment_intent_authentication_failure",
      doc_url: "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
      message:
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
      payment_method: method.object,
      type: "invalid_request_error",
    },
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  };
  announce(account, { type: "payment_intent.payment_failed", object: intent.object });
}
