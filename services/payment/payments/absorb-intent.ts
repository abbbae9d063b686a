/** Takes in what Stripe says about an intent: facts only ever move a payment forward, so any order and repetition will do. */
import {
  paymentActionRequired,
  paymentAuthorised,
  paymentCaptured,
  paymentDeclined,
  paymentVoided,
  refundSucceeded,
} from "@holdfast/contracts/events/payment";
import { announce, keptInAll, ofBalance, ofLess } from "./announce.ts";
import type { IntentFacts } from "./answer.ts";
import { loseBalance } from "./collect-balance.ts";
import { type Circumstances, type Draft, type IntentState, isUntold } from "./payment.ts";

const ranks: Readonly<Record<IntentState, number>> = { open: 0, authorised: 1, captured: 2, cancelled: 2 };

/** Does an intent in state `next` lie ahead of what is known? */
export function isAhead(next: IntentState, known: IntentState | null): boolean {
  return known === null || ranks[next] > ranks[known];
}

/** Has the payment not come to any end yet, nor been authorised? */
function isUndecided({ payment }: Draft): boolean {
  return payment.status === "requested" || payment.status === "action-required";
}

/** Refuses the payment for good; what there is at Stripe is cancelled by the plan that follows. */
export function decline(draft: Draft, reason: string): void {
  draft.payment.status = "declined";
  draft.payment.reason = reason;
  announce(draft, paymentDeclined, { reason });
}

/** Ends the payment with nothing captured. */
export function endVoided(draft: Draft): void {
  draft.payment.status = "voided";
  const bookingKeptMinor = keptInAll(draft);
  announce(draft, paymentVoided, {
    keptMinor: 0,
    ...(bookingKeptMinor > 0 && { bookingKeptMinor }),
    ...ofBalance(draft),
    ...ofLess(draft),
  });
}

/** Sets the money aside. Of a booking that is over nobody wants to hear it: it goes back at once. */
export function authorise(draft: Draft, authorisedMinor: number): void {
  const { payment } = draft;
  payment.authorisedMinor = authorisedMinor;
  if (!isUndecided(draft)) return;
  payment.status = "authorised";
  if (payment.asked === "settle") return;
  announce(draft, paymentAuthorised, {
    authorised: { amountMinor: authorisedMinor, currency: payment.currency },
  });
}

/** Says that the money is taken. */
export function tellCaptured(draft: Draft): void {
  draft.payment.status = "captured";
  tellKept(draft);
}

/** Says what is kept of what was taken. */
export function tellKept(draft: Draft): void {
  const { payment } = draft;
  announce(draft, paymentCaptured, {
    captured: { amountMinor: payment.capturedMinor, currency: payment.currency },
    keptMinor: keptInAll(draft),
    ...ofBalance(draft),
    ...ofLess(draft),
  });
}

/**
 * The money is taken. Booking hears first that it is authorised, and that it is captured once it has asked for that, which
 * whoever took it at once has done before. Of a payment that was told to have ended all of it goes back.
 */
function takeCaptured(draft: Draft, capturedMinor: number): void {
  const { payment } = draft;
  payment.capturedMinor = capturedMinor;
  if (payment.status === "declined" || payment.status === "voided") payment.targetMinor = 0;
  authorise(draft, Math.max(payment.authorisedMinor, capturedMinor));
}

function takeOpen(draft: Draft): void {
  const { payment } = draft;
  if (payment.status !== "requested" || payment.asked !== "authorise") return;
  payment.status = "action-required";
  announce(draft, paymentActionRequired, {});
}

function takeCancelled(draft: Draft): void {
  const { payment } = draft;
  if (payment.status === "declined" || payment.status === "voided") return;
  if (payment.collection !== null && payment.asked === "capture") {
    // Given up, or somebody cancelled it at Stripe's dashboard: it can no longer be paid.
    return loseBalance(draft, "payment/cancelled-by-provider");
  }
  // Nobody here asked for it: Stripe, or somebody at its dashboard, gave the authorisation back.
  if (payment.asked === "authorise" && isUndecided(draft)) decline(draft, "payment/cancelled-by-provider");
  else endVoided(draft);
}

function takeRefunded(draft: Draft, refundedMinor: number, circumstances: Circumstances): void {
  const { payment } = draft;
  const amountMinor = refundedMinor - payment.refundedMinor;
  if (amountMinor <= 0) return;
  if (isUntold(payment)) tellCaptured(draft);
  const refundId = circumstances.newRefundId();
  payment.refundedMinor = refundedMinor;
  payment.status = "refunded";
  const { bookingId, charge } = payment;
  draft.refunds.push({ id: refundId, bookingId, charge, amountMinor });
  announce(draft, refundSucceeded, {
    refundId,
    refunded: { amountMinor, currency: payment.currency },
    keptMinor: keptInAll(draft),
    ...ofBalance(draft),
    ...ofLess(draft),
  });
}

/** Notes which intent is the payment's, without drawing any conclusion from its state. */
export function adopt(draft: Draft, facts: IntentFacts): void {
  const { payment } = draft;
  payment.intentId = facts.intentId;
  payment.clientSecret = facts.clientSecret ?? payment.clientSecret;
  payment.providerCustomer = facts.customer ?? payment.providerCustomer;
  payment.usedMethod = facts.methodId ?? payment.usedMethod;
  // What is for less now is still asked for; no other intent ever changes.
  if (payment.collection !== null && facts.state === "open") payment.amountMinor = facts.amountMinor;
}

/** Takes in the facts. Facts about another intent than the payment's own say nothing about the payment. */
export function absorbIntent(draft: Draft, facts: IntentFacts, circumstances: Circumstances): void {
  const { payment } = draft;
  if (payment.intentId !== null && payment.intentId !== facts.intentId) return;
  adopt(draft, facts);
  if (isAhead(facts.state, payment.intentState)) {
    payment.intentState = facts.state;
    payment.looks = 0;
    if (facts.state === "open") takeOpen(draft);
    else if (facts.state === "authorised") authorise(draft, facts.capturableMinor);
    else if (facts.state === "captured") takeCaptured(draft, facts.receivedMinor);
    else takeCancelled(draft);
  }
  if (payment.intentState === "captured") payment.fee ??= facts.fee ?? null;
  if (payment.intentState === "captured" && facts.refundedMinor !== undefined) {
    takeRefunded(draft, facts.refundedMinor, circumstances);
  }
}
