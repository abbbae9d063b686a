import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { Stripe } from "stripe";
import { expect, vi } from "vitest";
import { startStripeStandIn, type StripeStandIn, type StripeStandInOptions } from "./stand-in.ts";

const webhookSecret = "whsec_test_secret";
const apiKey = "sk_test_holdfast";

/** A stand-in with the real client pointed at it; neither retries unless told. */
export async function startWithClient(
  options: Partial<StripeStandInOptions> = {},
): Promise<{ standIn: StripeStandIn; stripe: Stripe }> {
  const standIn = await startStripeStandIn({ webhookSecret, apiKey, ...options });
  return { standIn, stripe: clientOf(standIn) };
}

export function clientOf(standIn: StripeStandIn, key = apiKey): Stripe {
  return new Stripe(key, {
    host: standIn.host,
    port: standIn.port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: 5000,
  });
}

/** A held payment of 100.00 in euro with this card, confirmed at once. */
export const heldPayment = {
  amount: 10_000,
  currency: "eur",
  capture_method: "manual",
  confirm: true,
  payment_method: "pm_card_visa",
  allowed_payment_method_types: ["card"],
  metadata: { booking_id: "bkg_1" },
} satisfies Stripe.PaymentIntentCreateParams;

/** The id of what may have been expanded; fails the test where there is nothing. */
export function idOf(reference: string | { readonly id: string } | null): string {
  expect(reference).not.toBeNull();
  return typeof reference === "string" ? reference : (reference?.id ?? "");
}

/** The error a call is refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Stripe.errors.StripeError);
  return error as Stripe.errors.StripeError;
}

/** Posts to one of the stand-in's own routes. */
export async function post(standIn: StripeStandIn, path: string, body: object = {}): Promise<Response> {
  return fetch(`${standIn.url}/_stand-in/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  });
}

/** A vendor's express account that has been through onboarding. */
export async function openVendor(standIn: StripeStandIn, stripe: Stripe): Promise<string> {
  const { id } = await stripe.accounts.create({
    type: "express",
    email: "vendor@example.test",
    capabilities: { transfers: { requested: true } },
  });
  await post(standIn, `accounts/${id}/onboard`);
  return id;
}

/** A merchant's webhook endpoint, which verifies each signature as the merchant would. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly events: Stripe.Event[];
  /** Answers given to the next deliveries, 200 once they are used up. */
  readonly statuses: number[];
  readonly types: () => string[];
}

export async function receiveWebhooks(): Promise<WebhookReceiver> {
  const events: Stripe.Event[] = [];
  const statuses: number[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      events.push(
        Stripe.webhooks.constructEvent(body, request.headers["stripe-signature"] ?? "", webhookSecret),
      );
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    events,
    statuses,
    types: () => events.map(({ type }) => type),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

export async function eventually(assertion: () => void): Promise<void> {
  await vi.waitFor(assertion, { timeout: 5000, interval: 5 });
}
