/** The `stripe` package as this service uses it: our own retries, a bounded time, connections kept. */
import http from "node:http";
import https from "node:https";
import { Stripe } from "stripe";

export interface StripeClientOptions {
  readonly apiKey: string;
  /** Another base URL than Stripe's own. */
  readonly apiUrl: string | undefined;
  /** Longest a call may take. */
  readonly timeoutMs: number;
  /** Connections kept at most. */
  readonly sockets: number;
}

/** A client and its connections, which disposing closes. */
export interface StripeClient extends Disposable {
  readonly stripe: Stripe;
}

/** Opens a client; the API version is the one the package was written for. */
export function openStripe(options: StripeClientOptions): StripeClient {
  const url = new URL(options.apiUrl ?? "https://api.stripe.com");
  const isPlain = url.protocol === "http:";
  const settings = {
    keepAlive: true,
    maxSockets: options.sockets,
    maxFreeSockets: options.sockets,
  } as const;
  const agent = isPlain ? new http.Agent(settings) : new https.Agent(settings);
  const stripe = new Stripe(options.apiKey, {
    host: url.hostname,
    port: url.port === "" ? (isPlain ? 80 : 443) : Number(url.port),
    protocol: isPlain ? "http" : "https",
    httpClient: Stripe.createNodeHttpClient(agent),
    // Retries are ours: they outlive the process and know what the payment needs by then.
    maxNetworkRetries: 0,
    timeout: options.timeoutMs,
    telemetry: false,
  });
  return { stripe, [Symbol.dispose]: () => agent.destroy() };
}

/** Does the key move real money? */
export function isLiveKey(apiKey: string): boolean {
  return /^[a-z]+_live_/.test(apiKey);
}
