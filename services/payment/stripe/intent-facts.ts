/** Translates Stripe's objects into facts. */
import type { Money } from "@holdfast/contracts/values";
import type { Stripe } from "stripe";
import type { IntentFacts, RefundFacts } from "../payments/answer.ts";
import type { IntentState } from "../payments/payment.ts";
import { fromStripe, moneyOf } from "./stripe-amounts.ts";

const states: Readonly<Record<string, IntentState>> = {
  requires_payment_method: "open",
  requires_confirmation: "open",
  requires_action: "open",
  processing: "open",
  requires_capture: "authorised",
  succeeded: "captured",
  canceled: "cancelled",
};

/**
 * What was given back of what was taken. Stripe counts the released remainder of a partial capture, and a released
 * authorisation, as refunded; neither was ever taken.
 */
export function refundedOf(charge: Stripe.Charge): number {
  if (!charge.captured) return 0;
  return fromStripe(charge.amount_refunded - (charge.amount - charge.amount_captured), charge.currency);
}

/** What Stripe kept for itself of a charge; only where its balance transaction was expanded, and exists by now. */
export function feeOf(charge: Stripe.Charge | null): Money | undefined {
  const balance = charge?.balance_transaction;
  if (typeof balance !== "object" || balance === null) return undefined;
  return moneyOf(balance.fee, balance.currency);
}

/** An intent's facts; how much was refunded, and what that cost, only where `latest_charge` was expanded, or the charge is given. */
export function intentFacts(intent: Stripe.PaymentIntent, expanded?: Stripe.Charge): IntentFacts {
  const charge = expanded ?? (typeof intent.latest_charge === "object" ? intent.latest_charge : null);
  const minor = (amount: number): number => fromStripe(amount, intent.currency);
  return {
    intentId: intent.id,
    // A status that Stripe adds one day is treated as not yet paid: it is looked at again, never acted upon.
    state: states[intent.status] ?? "open",
    clientSecret: intent.client_secret,
    ...moneyOf(intent.amount, intent.currency),
    capturableMinor: minor(intent.amount_capturable),
    receivedMinor: minor(intent.amount_received),
    refundedMinor: charge === null || charge === undefined ? undefined : refundedOf(charge),
    fee: feeOf(charge),
    customer: typeof intent.customer === "string" ? intent.customer : null,
    methodId: typeof intent.payment_method === "string" ? intent.payment_method : null,
    bookingId: intent.metadata["booking_id"] ?? null,
    paymentId: intent.metadata["payment_id"] ?? null,
  };
}

/** A refund's facts. */
export function refundFacts(refund: Stripe.Refund): RefundFacts {
  const { status } = refund;
  const state =
    status === "succeeded"
      ? "succeeded"
      : status === "failed" || status === "canceled"
        ? "failed"
        : "pending";
  return { refundId: refund.id, state };
}
