/** Checks that a webhook was signed by Stripe, for us, a short while ago. */
import type { Stripe } from "stripe";
import { webhookSignatureInvalid } from "../problems.ts";

/**
 * The event, checked by Stripe's own code on the bytes as they came. Several secrets are tried, for the time in which one
 * takes the place of another.
 * @throws webhookSignatureInvalid
 */
export function verifyWebhook(
  stripe: Stripe,
  secrets: readonly string[],
  body: Uint8Array,
  signature: string | undefined,
): Stripe.Event {
  let cause: unknown;
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(
        Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        signature ?? "",
        secret,
      );
    } catch (error) {
      cause = error;
    }
  }
  throw webhookSignatureInvalid(undefined, { cause });
}
