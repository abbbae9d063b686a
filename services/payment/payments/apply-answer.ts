/** Takes in what a call to a provider came to. */
import { absorbIntent, adopt, decline, isAhead } from "./absorb-intent.ts";
import { failAttempt, isTooLateFor } from "./collect-balance.ts";
import type { Answer, Done, Failed, Refused } from "./answer.ts";
import {
  type Call,
  type Charges,
  type Circumstances,
  type Draft,
  instantAt,
  type Patience,
  type Payment,
  type Step,
  unchanged,
} from "./payment.ts";
import { delayCall, draftOf, planCall, proceed, surplusMinor } from "./plan-call.ts";

/** After so many errors that Stripe keeps for a key, what it did is looked up and a new key is used. */
const keptErrorsMax = 3;

const refundFailed = "refund-failed";

/** The guest's customer is not there any more: somebody deleted it. */
export const customerMissing = "customer-missing";

/** The guest disputes the charge, so that nothing of it can be given back. */
export const chargeDisputed = "charge-disputed";

/** Wait before the call is made again: doubling, with jitter between half and all of it, bounded. */
export function retryAfterMs(failures: number, patience: Patience, random: number): number {
  const whole = Math.min(patience.retryMaxMs, patience.retryBaseMs * 2 ** Math.min(failures - 1, 20));
  return Math.round((whole / 2) * (1 + random));
}

function park(draft: Draft, reason: string, retryAtMs: number | null): void {
  // A look that fails does not make a refund that failed one to be tried again.
  if (draft.payment.parkedReason !== refundFailed) draft.payment.parkedReason = reason;
  draft.payment.nextAttemptAt = retryAtMs === null ? null : instantAt(retryAtMs);
  draft.begins = false;
}

function replaceCall(draft: Draft, purpose: "find" | "look", circumstances: Circumstances): void {
  draft.payment.call = null;
  planCall(draft, { purpose, amountMinor: null }, circumstances);
}

function takeRefund(draft: Draft, call: Call, answer: Done, circumstances: Circumstances): void {
  const { refund } = answer;
  if (refund === undefined || refund.state === "succeeded") return;
  if (refund.state === "failed") return park(draft, refundFailed, null);
  planCall(
    draft,
    { purpose: "watch", amountMinor: call.amountMinor, refundId: refund.refundId },
    circumstances,
  );
  delayCall(draft, circumstances.nowMs + circumstances.patience.lookBaseMs);
}

/**
 * What a look finds of a captured payment. A refund that the bank sent back stays with a person: each further one would
 * come back as well, be told of by a webhook, looked at, and made again, without end. It is over when the money has been
 * given back by hand, or when booking asks for something else.
 */
function takeLookAtCaptured(draft: Draft, refundedBefore: number, answer: Done, hadFailed: boolean): void {
  const refunded = answer.intent?.refundedMinor ?? refundedBefore;
  const cameBack = refunded < refundedBefore;
  if (cameBack || (hadFailed && surplusMinor(draft.payment) > 0)) park(draft, refundFailed, null);
}

function takeDone(draft: Draft, call: Call, answer: Done, circumstances: Circumstances): Step {
  const { payment } = draft;
  const before = payment.refundedMinor;
  const hadFailed = payment.parkedReason === refundFailed;
  payment.call = null;
  payment.parkedReason = null;
  if (call.purpose !== "look" && call.purpose !== "find") payment.failures = 0;
  if (answer.intent !== null) absorbIntent(draft, answer.intent, circumstances);
  if (call.purpose === "look") {
    if (payment.intentState === "captured") takeLookAtCaptured(draft, before, answer, hadFailed);
    // The hold has ended and, as just seen, the guest has not paid: now the intent may go.
    if (payment.asked === "expire" && payment.intentState === "open") {
      payment.asked = "settle";
      payment.targetMinor = 0;
    }
  }
  const isAttempt = call.purpose === "create" || call.purpose === "confirm";
  if (isAttempt && payment.collection !== null && payment.intentState === "open") {
    // Without the guest nothing more could be done: either there is nothing to pay with, or they have to be there.
    const isBare = payment.paymentMethod === null;
    const why = isBare ? (payment.reason ?? "payment/method-missing") : "payment/authentication-required";
    failAttempt(draft, why, circumstances);
  }
  takeRefund(draft, call, answer, circumstances);
  return proceed(draft, circumstances);
}

/** The balance could not be taken. What it was tried with is gone for good where Stripe does not even begin with it. */
function takeRefusedAttempt(draft: Draft, answer: Refused, circumstances: Circumstances): Step {
  const { payment } = draft;
  payment.call = null;
  payment.failures = 0;
  payment.parkedReason = null;
  if (answer.intent !== null && isAhead(answer.intent.state, "open")) {
    absorbIntent(draft, answer.intent, circumstances);
    return proceed(draft, circumstances);
  }
  if (answer.intent !== null) {
    adopt(draft, answer.intent);
    payment.intentState ??= "open";
  } else if (payment.paymentMethod !== null && payment.intentId === null) {
    // An intent without a method at least lets the guest pay it on their side; that it is, ends the attempt.
    payment.paymentMethod = null;
    payment.reason = answer.reason;
    return proceed(draft, circumstances);
  }
  failAttempt(draft, answer.reason, circumstances);
  return proceed(draft, circumstances);
}

function takeRefusedCreate(draft: Draft, answer: Refused, circumstances: Circumstances): Step {
  const { payment } = draft;
  payment.call = null;
  payment.failures = 0;
  payment.parkedReason = null;
  if (answer.intent !== null && isAhead(answer.intent.state, "open")) {
    absorbIntent(draft, answer.intent, circumstances);
    return proceed(draft, circumstances);
  }
  if (answer.intent !== null) {
    adopt(draft, answer.intent);
    payment.intentState ??= "open";
  }
  if (payment.status === "requested" || payment.status === "action-required") {
    if (payment.asked === "authorise" || payment.asked === "capture") decline(draft, answer.reason);
    else payment.reason = answer.reason;
  }
  return proceed(draft, circumstances);
}

/**
 * A refund was asked for and the charge is disputed, of which we have yet to hear: it waits for the dispute's end. After a
 * dispute that was lost the provider gives back nothing more, not even what was not disputed: then a person has to.
 */
function takeDisputed(draft: Draft, circumstances: Circumstances): Step {
  const { payment } = draft;
  const isLost = !payment.disputed && payment.chargedBackMinor > 0;
  payment.call = null;
  payment.failures = 0;
  if (isLost) park(draft, chargeDisputed, null);
  else payment.disputed = true;
  return proceed(draft, circumstances);
}

/** It is asked for again without the customer, with whom whatever was kept has gone. */
function takeMissingCustomer(draft: Draft, circumstances: Circumstances): Step {
  const { payment } = draft;
  payment.call = null;
  payment.failures = 0;
  payment.providerCustomer = null;
  payment.saveMethod = false;
  return proceed(draft, circumstances);
}

function takeRefused(draft: Draft, call: Call, answer: Refused, circumstances: Circumstances): Step {
  const { payment } = draft;
  const isAttempt = call.purpose === "create" || call.purpose === "confirm";
  const isOfCustomer = answer.reason === customerMissing && payment.providerCustomer !== null;
  if (call.purpose === "create" && isOfCustomer) return takeMissingCustomer(draft, circumstances);
  if (isAttempt && payment.collection !== null) return takeRefusedAttempt(draft, answer, circumstances);
  if (call.purpose === "create") return takeRefusedCreate(draft, answer, circumstances);
  if (call.purpose === "refund" && answer.reason === chargeDisputed)
    return takeDisputed(draft, circumstances);
  payment.failures += 1;
  if (call.purpose === "look" || call.purpose === "find" || call.purpose === "watch") {
    park(draft, answer.reason, circumstances.nowMs + circumstances.patience.parkedRetryMs);
    return draft;
  }
  if (payment.failures >= circumstances.patience.refusalsMax) {
    park(draft, answer.reason, circumstances.nowMs + circumstances.patience.parkedRetryMs);
    return draft;
  }
  // What is so at Stripe is not what we thought: read it again, and plan from that under a new key.
  replaceCall(draft, "look", circumstances);
  if (payment.failures > 1) delayCall(draft, retryAtMs(payment, circumstances));
  return draft;
}

function retryAtMs(payment: Payment, { nowMs, random, patience }: Circumstances): number {
  return nowMs + retryAfterMs(payment.failures, patience, random());
}

/** Must what the call did be looked up before anything else is tried? */
function needsReading(
  payment: Payment,
  call: Call,
  answer: Failed,
  businessMs: number,
): "find" | "look" | null {
  if (isTooLateFor(payment, call, businessMs)) return payment.intentId === null ? "find" : "look";
  if (call.purpose === "create") {
    if (payment.intentId !== null) return "look";
    // The booking is over: nobody is to be charged by a repetition, so only what is there already matters.
    if (payment.asked === "expire" || payment.asked === "settle") return "find";
  }
  const isKept = answer.kept && call.failures + 1 >= keptErrorsMax;
  if (!isKept || call.purpose === "find" || call.purpose === "look" || call.purpose === "watch") return null;
  return payment.intentId === null ? "find" : "look";
}

function takeFailed(draft: Draft, call: Call, answer: Failed, circumstances: Circumstances): Step {
  const { payment } = draft;
  const { patience, nowMs, businessMs, random } = circumstances;
  const { waitMs } = answer;
  if (waitMs === undefined) payment.failures += 1;
  if (answer.reason !== "paused") payment.call = { ...call, failures: call.failures + 1 };
  const reading = needsReading(payment, call, answer, businessMs);
  if (reading !== null) replaceCall(draft, reading, circumstances);
  if (waitMs !== undefined) {
    // Not all at once when it is over.
    delayCall(draft, nowMs + Math.round(waitMs * (1 + random() / 2)));
  } else if (payment.failures >= patience.failuresMax) {
    park(draft, `${payment.provider}-${answer.reason}`, nowMs + patience.parkedRetryMs);
  } else {
    // A creation that got no answer may still be under way at Stripe: it is looked for once it cannot be any more.
    const isOver = payment.asked === "expire" || payment.asked === "settle";
    const isUnwanted = isOver || isTooLateFor(payment, call, businessMs);
    const settlesMs = reading === "find" && isUnwanted ? nowMs + patience.lookBaseMs : 0;
    delayCall(draft, Math.max(settlesMs, retryAtMs(payment, circumstances)));
  }
  return draft;
}

/** An answer with the call it belongs to. */
export interface Answered {
  readonly bookingId: Payment["bookingId"];
  readonly paymentId: Payment["id"];
  readonly key: string;
  readonly answer: Answer;
}

/**
 * The payment after an answer; null where it is none of the booking's charges. The answer to a call that is no longer the payment's (somebody else made it too, and was
 * faster) still tells what is so at Stripe.
 */
export function applyAnswer(
  charges: Charges,
  { paymentId, key, answer }: Pick<Answered, "paymentId" | "key" | "answer">,
  circumstances: Circumstances,
): Step | null {
  const payment = charges.find(({ id }) => id === paymentId);
  if (payment === undefined) return null;
  const draft = draftOf(payment, charges);
  const { call } = payment;
  if (call === null || call.key !== key) {
    if (answer.outcome !== "done" || answer.intent === null) return unchanged(payment);
    absorbIntent(draft, answer.intent, circumstances);
    return proceed(draft, circumstances);
  }
  if (answer.outcome === "done") return takeDone(draft, call, answer, circumstances);
  if (answer.outcome === "refused") return takeRefused(draft, call, answer, circumstances);
  return takeFailed(draft, call, answer, circumstances);
}
