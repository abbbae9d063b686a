/** Makes one written-down call through the `stripe` package. The parameters follow from the row, so a repetition is the same request. */
import assert from "node:assert";
import type { Stripe } from "stripe";
import type { Answer, Done } from "../payments/answer.ts";
import type { Call, Payment } from "../payments/payment.ts";
import { classifyError } from "./classify-error.ts";
import { feeOf, intentFacts, refundedOf, refundFacts } from "./intent-facts.ts";

const pageSize = 100;
/** Pages of intents read at most when looking for one whose creation never answered. */
const pagesMax = 20;
/** Stripe's clock and ours may differ by this much. */
const clockSkewSeconds = 60;

function metadataOf(payment: Payment): Record<string, string> {
  const { bookingId, id, charge } = payment;
  return { booking_id: bookingId, payment_id: id, ...(charge > 1 && { charge: String(charge) }) };
}

async function createIntent(stripe: Stripe, payment: Payment, call: Call): Promise<Done> {
  const intent = await stripe.paymentIntents.create(
    {
      amount: payment.amountMinor,
      currency: payment.currency.toLowerCase(),
      capture_method: "manual",
      // Redirects would need a page of ours to come back to, which a booking paid at once does not have.
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      metadata: metadataOf(payment),
      ...(payment.paymentMethod === null
        ? undefined
        : { payment_method: payment.paymentMethod, confirm: true }),
    },
    { idempotencyKey: call.key },
  );
  return { outcome: "done", intent: intentFacts(intent) };
}

/** The list is consistent, unlike Stripe's search; it is read newest first, back to the payment's own time. */
async function findIntent(stripe: Stripe, payment: Payment): Promise<Answer> {
  const since =
    Math.floor(Temporal.Instant.from(payment.createdAt).epochMilliseconds / 1000) - clockSkewSeconds;
  let after: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await stripe.paymentIntents.list({
      created: { gte: since },
      limit: pageSize,
      ...(after === undefined ? undefined : { starting_after: after }),
    });
    const found = listed.data.find((intent) => intent.metadata["payment_id"] === payment.id);
    if (found !== undefined) return { outcome: "done", intent: intentFacts(found) };
    after = listed.data.at(-1)?.id;
    if (!listed.has_more || after === undefined) return { outcome: "done", intent: null };
  }
  return { outcome: "refused", reason: "intent-not-found", intent: null };
}

async function lookAtIntent(stripe: Stripe, intentId: string): Promise<Done> {
  const intent = await stripe.paymentIntents.retrieve(intentId, {
    expand: ["latest_charge.balance_transaction"],
  });
  return { outcome: "done", intent: intentFacts(intent) };
}

/** A refund answers with itself and its charge; the intent itself stays captured. */
function refundAnswer(payment: Payment, intentId: string, refund: Stripe.Refund): Done {
  const facts = refundFacts(refund);
  const { charge } = refund;
  if (facts.state !== "succeeded" || typeof charge !== "object" || charge === null) {
    return { outcome: "done", intent: null, refund: facts };
  }
  return {
    outcome: "done",
    refund: facts,
    intent: {
      intentId,
      state: "captured",
      clientSecret: null,
      amountMinor: payment.amountMinor,
      currency: payment.currency,
      capturableMinor: 0,
      receivedMinor: charge.amount_captured,
      refundedMinor: refundedOf(charge),
      fee: feeOf(charge),
      bookingId: payment.bookingId,
      paymentId: payment.id,
    },
  };
}

async function refundIntent(stripe: Stripe, payment: Payment, call: Call, intentId: string): Promise<Done> {
  assert(call.amountMinor !== null, "a refund has an amount");
  const refund = await stripe.refunds.create(
    {
      payment_intent: intentId,
      amount: call.amountMinor,
      metadata: metadataOf(payment),
      expand: ["charge.balance_transaction"],
    },
    { idempotencyKey: call.key },
  );
  return refundAnswer(payment, intentId, refund);
}

async function watchRefund(stripe: Stripe, payment: Payment, call: Call, intentId: string): Promise<Done> {
  assert(call.refundId !== null, "a watch has a refund");
  return refundAnswer(
    payment,
    intentId,
    await stripe.refunds.retrieve(call.refundId, { expand: ["charge.balance_transaction"] }),
  );
}

async function captureIntent(stripe: Stripe, call: Call, intentId: string): Promise<Done> {
  assert(call.amountMinor !== null, "a capture has an amount");
  const intent = await stripe.paymentIntents.capture(
    intentId,
    { amount_to_capture: call.amountMinor, expand: ["latest_charge.balance_transaction"] },
    { idempotencyKey: call.key },
  );
  return { outcome: "done", intent: intentFacts(intent) };
}

async function cancelIntent(stripe: Stripe, call: Call, intentId: string): Promise<Done> {
  const intent = await stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey: call.key });
  return { outcome: "done", intent: intentFacts(intent) };
}

function dispatch(stripe: Stripe, payment: Payment, call: Call): Promise<Answer> {
  if (call.purpose === "create") return createIntent(stripe, payment, call);
  if (call.purpose === "find") return findIntent(stripe, payment);
  const { intentId } = payment;
  assert(intentId !== null, `${call.purpose} needs an intent`);
  switch (call.purpose) {
    case "look":
      return lookAtIntent(stripe, intentId);
    case "capture":
      return captureIntent(stripe, call, intentId);
    case "cancel":
      return cancelIntent(stripe, call, intentId);
    case "refund":
      return refundIntent(stripe, payment, call, intentId);
    case "watch":
      return watchRefund(stripe, payment, call, intentId);
  }
}

/** Makes the call and says what it came to; never throws for what Stripe or the network does. */
export async function makeCall(stripe: Stripe, payment: Payment, call: Call): Promise<Answer> {
  try {
    return await dispatch(stripe, payment, call);
  } catch (error) {
    return classifyError(error);
  }
}
