/** Stripe as a provider: makes written-down calls through the `stripe` package. */
import assert from "node:assert";
import type { Stripe } from "stripe";
import type { Answer, Done } from "../payments/answer.ts";
import type { Provider, ProviderCall, ProviderCharge } from "../providers/provider.ts";
import { classifyError, classifyPayingError } from "./classify-error.ts";
import { feeOf, intentFacts, refundedOf, refundFacts } from "./intent-facts.ts";
import { fromStripe, toStripe } from "./stripe-amounts.ts";

const pageSize = 100;
/** Pages of intents read at most when looking for one whose creation never answered. */
const pagesMax = 20;
/** Stripe's clock and ours may differ by this much. */
const clockSkewSeconds = 60;

function metadataOf({ bookingId, id, charge }: ProviderCharge): Record<string, string> {
  return { booking_id: bookingId, payment_id: id, ...(charge > 1 && { charge: String(charge) }) };
}

/** Is the guest there to be asked by their bank? A balance is taken while they are not. */
function guestOf({ collection }: ProviderCharge): { readonly off_session?: true } {
  return collection === null ? {} : { off_session: true };
}

/** What it is paid by can be charged again only where it is kept with a customer of Stripe's, and only by naming them. */
function customerOf({ saveMethod, providerCustomer }: ProviderCharge) {
  if (providerCustomer === null) return {};
  const usage = { setup_future_usage: "off_session" as const };
  return { customer: providerCustomer, ...(saveMethod && usage) };
}

const feeOfCharge = { expand: ["latest_charge.balance_transaction"] };

async function createIntent(stripe: Stripe, { charge, key }: ProviderCall): Promise<Done> {
  const intent = await stripe.paymentIntents.create(
    {
      amount: toStripe(charge.amountMinor, charge.currency),
      currency: charge.currency.toLowerCase(),
      // What is taken at once has its fee known by the answer already.
      ...(charge.captureAtOnce
        ? { capture_method: "automatic", ...feeOfCharge }
        : { capture_method: "manual" }),
      // Redirects would need a page of ours to come back to, which a booking paid at once does not have.
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      metadata: metadataOf(charge),
      ...customerOf(charge),
      ...(charge.paymentMethod === null
        ? undefined
        : { payment_method: charge.paymentMethod, confirm: true, ...guestOf(charge) }),
    },
    { idempotencyKey: key },
  );
  return { outcome: "done", intent: intentFacts(intent) };
}

/** The same intent is tried again, so that whatever the guest and we do at once, it is paid once. */
async function confirmIntent(stripe: Stripe, { charge, key }: ProviderCall, intentId: string): Promise<Done> {
  assert(charge.paymentMethod !== null, "an intent is confirmed by a payment method");
  const intent = await stripe.paymentIntents.confirm(
    intentId,
    { payment_method: charge.paymentMethod, ...guestOf(charge), ...feeOfCharge },
    { idempotencyKey: key },
  );
  return { outcome: "done", intent: intentFacts(intent) };
}

async function amendIntent(
  stripe: Stripe,
  { amountMinor, key, charge }: ProviderCall,
  intentId: string,
): Promise<Done> {
  assert(amountMinor !== null, "an intent is amended to an amount");
  const intent = await stripe.paymentIntents.update(
    intentId,
    { amount: toStripe(amountMinor, charge.currency) },
    { idempotencyKey: key },
  );
  return { outcome: "done", intent: intentFacts(intent) };
}

/** The list is consistent, unlike Stripe's search; it is read newest first, back to the payment's own time. */
async function findIntent(stripe: Stripe, charge: ProviderCharge): Promise<Answer> {
  const since =
    Math.floor(Temporal.Instant.from(charge.createdAt).epochMilliseconds / 1000) - clockSkewSeconds;
  let after: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await stripe.paymentIntents.list({
      created: { gte: since },
      limit: pageSize,
      ...(after === undefined ? undefined : { starting_after: after }),
    });
    const found = listed.data.find((intent) => intent.metadata["payment_id"] === charge.id);
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
function refundAnswer(of: ProviderCharge, intentId: string, refund: Stripe.Refund): Done {
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
      amountMinor: of.amountMinor,
      currency: of.currency,
      capturableMinor: 0,
      receivedMinor: fromStripe(charge.amount_captured, of.currency),
      refundedMinor: refundedOf(charge),
      fee: feeOf(charge),
      bookingId: of.bookingId,
      paymentId: of.id,
    },
  };
}

async function refundIntent(stripe: Stripe, call: ProviderCall, intentId: string): Promise<Done> {
  const { charge, amountMinor, key } = call;
  assert(amountMinor !== null, "a refund has an amount");
  const refund = await stripe.refunds.create(
    {
      payment_intent: intentId,
      amount: toStripe(amountMinor, charge.currency),
      metadata: metadataOf(charge),
      expand: ["charge.balance_transaction"],
    },
    { idempotencyKey: key },
  );
  return refundAnswer(charge, intentId, refund);
}

async function watchRefund(stripe: Stripe, call: ProviderCall, intentId: string): Promise<Done> {
  assert(call.refundId !== null, "a watch has a refund");
  const refund = await stripe.refunds.retrieve(call.refundId, { expand: ["charge.balance_transaction"] });
  return refundAnswer(call.charge, intentId, refund);
}

async function captureIntent(
  stripe: Stripe,
  { amountMinor, key, charge }: ProviderCall,
  intentId: string,
): Promise<Done> {
  assert(amountMinor !== null, "a capture has an amount");
  const intent = await stripe.paymentIntents.capture(
    intentId,
    { amount_to_capture: toStripe(amountMinor, charge.currency), ...feeOfCharge },
    { idempotencyKey: key },
  );
  return { outcome: "done", intent: intentFacts(intent) };
}

async function cancelIntent(stripe: Stripe, { key }: ProviderCall, intentId: string): Promise<Done> {
  const intent = await stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey: key });
  return { outcome: "done", intent: intentFacts(intent) };
}

function dispatch(stripe: Stripe, call: ProviderCall): Promise<Answer> {
  const { purpose, charge } = call;
  if (purpose === "create") return createIntent(stripe, call);
  if (purpose === "find") return findIntent(stripe, charge);
  const { intentId } = charge;
  assert(intentId !== null, `${purpose} needs an intent`);
  switch (purpose) {
    case "look":
      return lookAtIntent(stripe, intentId);
    case "confirm":
      return confirmIntent(stripe, call, intentId);
    case "amend":
      return amendIntent(stripe, call, intentId);
    case "capture":
      return captureIntent(stripe, call, intentId);
    case "cancel":
      return cancelIntent(stripe, call, intentId);
    case "refund":
      return refundIntent(stripe, call, intentId);
    case "watch":
      return watchRefund(stripe, call, intentId);
  }
}

/** Charges at Stripe are payment intents. Never throws for what Stripe or the network does. */
export function stripeProvider(stripe: Stripe): Provider {
  return {
    name: "stripe",
    async make(call) {
      try {
        return await dispatch(stripe, call);
      } catch (error) {
        const isPaying = call.purpose === "create" || call.purpose === "confirm";
        return isPaying ? classifyPayingError(error, call.charge.paymentMethod) : classifyError(error);
      }
    },
  };
}
