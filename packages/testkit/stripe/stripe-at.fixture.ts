/** Where tests find Stripe: the stand-in, or Stripe itself in a test account. One body of tests runs against both. */
import { Stripe } from "stripe";
import { openVendor } from "./stand-in.fixture.ts";
import { startStripeStandIn } from "./stand-in.ts";
import type { StripeItself } from "./stripe-itself.ts";

/** What is there when it is opened need not be ours: tests look at what they made, and make keys and metadata anew. */
export interface StripeAt extends AsyncDisposable {
  readonly apiKey: string;
  /** Another base URL than Stripe's own. */
  readonly apiUrl: string | undefined;
  /** An account that can be sent money; null where there is none. */
  readonly payee: string | null;
}

const patienceMs = 30_000;

/** The real client, pointed there; it does not ask again by itself. */
export function clientAt({ apiKey, apiUrl }: Pick<StripeAt, "apiKey" | "apiUrl">): Stripe {
  const { protocol, hostname, port } = new URL(apiUrl ?? "https://api.stripe.com");
  return new Stripe(apiKey, {
    host: hostname,
    protocol: protocol === "http:" ? "http" : "https",
    ...(port === "" ? {} : { port }),
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: patienceMs,
  });
}

/** A stand-in that checks balances, as Stripe does, with a vendor that has been through onboarding. */
export async function standInAsStripe(): Promise<StripeAt> {
  const apiKey = "sk_test_holdfast";
  const standIn = await startStripeStandIn({ webhookSecret: "whsec_conformance", apiKey });
  standIn.setSwitches({ checkBalances: true });
  const payee = await openVendor(standIn, clientAt({ apiKey, apiUrl: standIn.url }));
  return {
    apiKey,
    apiUrl: standIn.url,
    payee,
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
}

export async function stripeItselfAt({ apiKey, apiUrl, payee }: StripeItself): Promise<StripeAt> {
  return { apiKey, apiUrl: apiUrl ?? undefined, payee, [Symbol.asyncDispose]: async () => {} };
}
