import { z } from "zod";
import { confirmInBrowser, finishAuthentication } from "./confirm-payment-intent.ts";
import { noSuch } from "./errors.ts";
import type { Intent, IntentObject } from "./objects.ts";
import { futureUsages } from "./parameters.ts";
import { requireIntent } from "./payment-intents.ts";
import type { World } from "./world.ts";

const confirmation = z.strictObject({
  client_secret: z.string(),
  payment_method: z.string().optional(),
  return_url: z.url().optional(),
  setup_future_usage: z.enum(futureUsages).optional(),
});
const authentication = z.strictObject({ outcome: z.enum(["succeed", "fail"]) });

/** What a guest's browser does with Stripe.js: confirm an intent by its client secret with a card. */
export function confirmAsGuest(world: World, input: unknown): IntentObject {
  const asked = confirmation.parse(input);
  const secret = asked.client_secret;
  const intent = world.account.intents.get(secret.split("_secret_", 1)[0] ?? "");
  if (intent === undefined || intent.object.client_secret !== secret) {
    throw noSuch("payment_intent", secret.split("_secret_", 1)[0] ?? "", "intent");
  }
  return confirmInBrowser(world.account, intent, {
    token: asked.payment_method,
    returnUrl: asked.return_url ?? null,
    usage: asked.setup_future_usage,
  });
}

/** The guest passes or fails 3-D Secure. */
export function authenticateAsGuest(world: World, id: string, input: unknown): Intent {
  const { outcome } = authentication.parse(input);
  const intent = requireIntent(world.account, id);
  finishAuthentication(world.account, intent, outcome);
  return intent;
}

/** Where the bank sends the guest back to, with the parameters Stripe adds; null where no `return_url` was given. */
export function returnAddress(intent: Intent): string | null {
  if (intent.returnUrl === null) return null;
  const url = new URL(intent.returnUrl);
  url.searchParams.set("payment_intent", intent.id);
  url.searchParams.set("payment_intent_client_secret", intent.object.client_secret);
  url.searchParams.set("redirect_status", intent.object.last_payment_error === null ? "succeeded" : "failed");
  return url.href;
}

/** The bank's page that a guest is redirected to, with a button for each outcome. */
export function authenticationPage(intent: Intent): string {
  const { amount, currency } = intent.object;
  const button = (outcome: string, label: string): string =>
    `<button name="outcome" value="${outcome}">${label}</button>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>3-D Secure test page</title>
<h1>3-D Secure test page</h1><p>Payment of ${amount} ${currency.toUpperCase()} (minor units).</p>
<form method="post">${button("succeed", "Complete authentication")} ${button("fail", "Fail authentication")}</form></html>`;
}
