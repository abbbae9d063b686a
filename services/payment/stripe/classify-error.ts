/** Sorts what a call to Stripe threw: a definite no, or something that may have been done and is to be asked again. */
import { Stripe } from "stripe";
import type { Failed, Refused } from "../payments/answer.ts";
import { customerMissing } from "../payments/apply-answer.ts";
import { intentFacts } from "./intent-facts.ts";

/** Refusals that the core acts upon keep a name of their own, too. */
const namedRefusals: Readonly<Record<string, string>> = {
  charge_disputed: "charge-disputed",
};

/** Decline codes that a guest can act upon keep a name of their own; the others are told as declined. */
const namedDeclines: Readonly<Record<string, string>> = {
  insufficient_funds: "payment/insufficient-funds",
  expired_card: "payment/card-expired",
  incorrect_cvc: "payment/incorrect-cvc",
  authentication_required: "payment/authentication-required",
};

function failed(reason: Failed["reason"], kept = false): Failed {
  return { outcome: "failed", reason, kept };
}

function cardReason(error: Stripe.errors.StripeError): string {
  return (
    namedDeclines[error.decline_code ?? ""] ?? namedDeclines[error.code ?? ""] ?? "payment/card-declined"
  );
}

function isTimeout(error: Stripe.errors.StripeConnectionError): boolean {
  return error.message.startsWith("Request aborted due to timeout");
}

/**
 * The outcome behind an error of the `stripe` package (https://docs.stripe.com/error-low-level).
 * Anything that is no error of Stripe's is thrown again: it is a bug.
 */
export function classifyError(error: unknown): Refused | Failed {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode, code } = error;
  if (error instanceof Stripe.errors.StripeConnectionError)
    return failed(isTimeout(error) ? "timeout" : "unreachable");
  if (error instanceof Stripe.errors.StripeRateLimitError) return failed("busy");
  if (statusCode === 409 || code === "idempotency_key_in_use" || code === "lock_timeout")
    return failed("busy");
  if (statusCode === 401 || statusCode === 403) return failed("credentials");
  if (statusCode === undefined || statusCode >= 500) return failed("server-error", statusCode === 500);
  const intent = error.payment_intent === undefined ? null : intentFacts(error.payment_intent);
  const isOfCard = error instanceof Stripe.errors.StripeCardError;
  const reason = isOfCard ? cardReason(error) : (namedRefusals[code ?? ""] ?? "payment/refused");
  return { outcome: "refused", reason, intent };
}

/**
 * The same of an intent that is made, or to be paid. A method that is somebody else's, and one that is not there, are refused
 * alike: whatever names no other parameter is about the method.
 */
export function classifyPayingError(error: unknown, paymentMethod: string | null): Refused | Failed {
  const answer = classifyError(error);
  if (answer.outcome === "failed" || answer.reason !== "payment/refused") return answer;
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return answer;
  const { param } = error;
  if (param === "customer") return { ...answer, reason: customerMissing };
  const isOfMethod = paymentMethod !== null && (param === undefined || param === "payment_method");
  return isOfMethod ? { ...answer, reason: "payment/method-not-usable" } : answer;
}
