/** What one of Stripe's events tells about a payment of ours, and what is to be done about it. */
import type { Stripe } from "stripe";
import type { EventOutcome } from "../database.ts";
import { isAhead } from "../payments/absorb-intent.ts";
import type { IntentFacts } from "../payments/answer.ts";
import type { Charges, Payment } from "../payments/payment.ts";
import { intentFacts, refundedOf } from "./intent-facts.ts";

/** An event about one of our intents. */
export interface Notice {
  readonly bookingId: Payment["bookingId"];
  /** As the metadata says; null where it does not. */
  readonly paymentId: string | null;
  readonly intentId: string;
  /** The intent when the event was made; null where the event is about its charge or refund. */
  readonly facts: IntentFacts | null;
  /** What had been given back by then, where the event tells. */
  readonly refundedMinor: number;
  /** Money given back has come back to us. */
  readonly refundFailed: boolean;
}

/** Is this an id of a booking of ours? What is written at Stripe may be anything. */
export function isBookingId(text: string | undefined): text is Payment["bookingId"] {
  return text !== undefined && /^bkg_[0-9a-z]{26}$/.test(text);
}

function intentNotice(intent: Stripe.PaymentIntent): Notice | null {
  const bookingId = intent.metadata?.["booking_id"];
  if (!isBookingId(bookingId)) return null;
  return {
    bookingId,
    paymentId: intent.metadata["payment_id"] ?? null,
    intentId: intent.id,
    facts: intentFacts(intent),
    refundedMinor: 0,
    refundFailed: false,
  };
}

function moneyNotice(
  of: Stripe.Charge | Stripe.Refund,
  amounts: Pick<Notice, "refundedMinor" | "refundFailed">,
): Notice | null {
  const bookingId = of.metadata?.["booking_id"];
  const intentId = typeof of.payment_intent === "string" ? of.payment_intent : of.payment_intent?.id;
  if (!isBookingId(bookingId) || intentId === undefined) return null;
  const paymentId = of.metadata?.["payment_id"] ?? null;
  return { bookingId, paymentId, intentId, facts: null, ...amounts };
}

/** The event's notice; null where it concerns no payment of ours, or tells nothing that is acted upon. */
export function noticeOf(event: Stripe.Event): Notice | null {
  switch (event.type) {
    case "payment_intent.amount_capturable_updated":
    case "payment_intent.succeeded":
    case "payment_intent.canceled":
    case "payment_intent.payment_failed":
    case "payment_intent.requires_action":
      return intentNotice(event.data.object);
    case "charge.refunded":
      return moneyNotice(event.data.object, {
        refundedMinor: refundedOf(event.data.object),
        refundFailed: false,
      });
    case "refund.failed":
      return moneyNotice(event.data.object, { refundedMinor: 0, refundFailed: true });
    default:
      return null;
  }
}

/** Stripe's id of the dispute that the event tells of; null where it is about something else. How it stands is read there. */
export function disputeOf(event: Stripe.Event): string | null {
  return event.type.startsWith("charge.dispute.") ? (event.data.object as Stripe.Dispute).id : null;
}

/** The charge a notice is about: the one whose intent it is, else the one it names, else the first. */
export function chargeOf(charges: Charges, { intentId, paymentId }: Notice): Payment | undefined {
  return (
    charges.find((charge) => charge.intentId === intentId) ??
    charges.find(({ id }) => id === paymentId) ??
    charges[0]
  );
}

/** Is the notice about another payment than it says? Then somebody is mistaken, or means harm. */
function contradicts(payment: Payment, { facts, intentId }: Notice): boolean {
  if (payment.intentId !== null && payment.intentId !== intentId) return true;
  if (facts === null) return false;
  return (
    facts.paymentId !== payment.id ||
    // A balance shrinks with the price, in our books and at Stripe at moments of their own.
    (facts.amountMinor !== payment.amountMinor && payment.collection === null) ||
    facts.currency !== payment.currency
  );
}

/**
 * Pure: what becomes of a notice. `applied` moves the payment forward by the event's own facts; `looked` reads the intent
 * at Stripe, since order matters and events have none; `known` tells nothing new, as all copies and late ones do.
 */
export function judge(payment: Payment | undefined, notice: Notice): EventOutcome {
  if (payment === undefined) return "foreign";
  if (contradicts(payment, notice)) return "mismatch";
  const { facts } = notice;
  if (facts === null) {
    return notice.refundFailed || notice.refundedMinor > payment.refundedMinor ? "looked" : "known";
  }
  // An intent not yet paid says no more than that it exists, which the answer to its creation tells as well.
  if (facts.state === "open") return "known";
  return isAhead(facts.state, payment.intentState) ? "applied" : "known";
}
