/** Takes one of Stripe's webhooks in: checked on its bytes, stored once, answered when that is committed. */
import type { Batcher } from "@holdfast/chassis/batcher";
import { noContent, type Call } from "@holdfast/chassis/endpoint";
import type { receiveStripeEvent } from "@holdfast/contracts/api/payment";
import type { Stripe } from "stripe";
import type { PaymentCalls } from "../payments/payment-calls.ts";
import { webhookOfOtherMode } from "../problems.ts";
import { aboutEvent } from "./about-event.ts";
import type { ReceivedEvent } from "./store-events.ts";
import { verifyWebhook } from "./webhook-signature.ts";

export interface ReceiveDeps {
  readonly stripe: Stripe;
  readonly webhookSecrets: readonly string[];
  /** Is the account's money real? */
  readonly isLive: boolean;
  readonly store: Batcher<ReceivedEvent, boolean>;
  readonly calls: PaymentCalls;
  /** Has stored events acted on soon. */
  readonly actSoon: () => void;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws webhookSignatureInvalid, webhookOfOtherMode */
export async function receiveEvent(deps: ReceiveDeps, call: Call<typeof receiveStripeEvent>) {
  const event = verifyWebhook(
    deps.stripe,
    deps.webhookSecrets,
    call.rawBody,
    call.headers("stripe-signature"),
  );
  if (event.livemode !== deps.isLive) throw webhookOfOtherMode();
  const about = aboutEvent(event);
  const text = decoder.decode(call.rawBody);
  const isWaiting = await deps.store.add({ id: event.id, type: event.type, text, about });
  // While the payment's own call is under way its answer comes first, and makes this old news.
  const isInHand = about.notice !== null && deps.calls.has(about.notice.paymentId ?? "");
  if (isWaiting && !isInHand) deps.actSoon();
  return noContent();
}
