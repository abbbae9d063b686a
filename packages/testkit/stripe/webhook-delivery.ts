import { createHmac } from "node:crypto";
import { Agent, request } from "node:http";
import type { EventRecord } from "./events.ts";

/** Where webhooks go, as a Stripe webhook endpoint is configured. */
export interface WebhookEndpoint {
  readonly url: string | null;
  /** Event types, or `*` for all. */
  readonly enabledEvents: readonly string[];
}

export interface DeliveryOptions {
  readonly secret: string;
  /** Simultaneous deliveries. Default 16. */
  readonly concurrency: number;
  /** Events waiting, retries included; beyond it new ones are lost, but stay in the events list. Default 50,000. */
  readonly maxWaiting: number;
  /** Attempts for each event. Default 12. */
  readonly attempts: number;
  /** Wait after the first failed attempt; it doubles up to `maxRetryDelayMs`. Default 250. */
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
  /** How long an endpoint may take to answer. Default 10,000. */
  readonly timeoutMs: number;
}

export const defaultDelivery: Omit<DeliveryOptions, "secret"> = {
  concurrency: 16,
  maxWaiting: 50_000,
  attempts: 12,
  retryDelayMs: 250,
  maxRetryDelayMs: 30_000,
  timeoutMs: 10_000,
};

export interface DeliveryCounts {
  delivered: number;
  failedAttempts: number;
  /** Given up after the last attempt. */
  abandoned: number;
  /** Never queued: the queue was full, or webhooks were off. */
  lost: number;
}

interface Delivery {
  readonly event: EventRecord;
  readonly generation: number;
  attempt: number;
}

/** The `Stripe-Signature` of a payload: https://docs.stripe.com/webhooks#verify-manually */
function signature(payload: string, secret: string, timestampSeconds: number): string {
  const digest = createHmac("sha256", secret).update(`${timestampSeconds}.${payload}`).digest("hex");
  return `t=${timestampSeconds},v1=${digest}`;
}

/** Sends events to the endpoint, again and again with backoff until it answers 2xx. */
export class WebhookDelivery {
  readonly counts: DeliveryCounts = { delivered: 0, failedAttempts: 0, abandoned: 0, lost: 0 };
  readonly #options: DeliveryOptions;
  readonly #endpoint: () => WebhookEndpoint;
  readonly #agent: Agent;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #watchers = new Set<{ readonly ids: Set<string>; readonly done: () => void }>();
  #queue: Delivery[] = [];
  #next = 0;
  #generation = 0;
  #active = 0;
  #pumping = false;
  #closed = false;

  constructor(options: DeliveryOptions, endpoint: () => WebhookEndpoint) {
    this.#options = options;
    this.#endpoint = endpoint;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.concurrency });
  }

  /** Deliveries not finished: queued, under way or awaiting a retry. */
  get waiting(): number {
    return this.#queue.length - this.#next + this.#active + this.#timers.size;
  }

  send(event: EventRecord, delayMs: number): void {
    if (this.waiting >= this.#options.maxWaiting) {
      this.counts.lost += 1;
      return;
    }
    this.#after(delayMs, { event, generation: this.#generation, attempt: 1 });
  }

  /** Resolves once each of these events under way here has been tried once, or after so long. */
  async attempted(events: readonly EventRecord[], atMostMs: number): Promise<void> {
    const ids = new Set(events.filter(({ object }) => object.pending_webhooks > 0).map(({ id }) => id));
    if (ids.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = { ids, done: resolve };
    this.#watchers.add(watcher);
    const timer = setTimeout(resolve, atMostMs);
    await promise;
    clearTimeout(timer);
    this.#watchers.delete(watcher);
  }

  /** Forgets what waits; deliveries under way finish and are not tried again. */
  clear(): void {
    this.#generation += 1;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#queue = [];
    this.#next = 0;
  }

  close(): void {
    this.#closed = true;
    for (const { done } of this.#watchers) done();
    this.clear();
    this.#agent.destroy();
  }

  #after(delayMs: number, delivery: Delivery): void {
    if (this.#closed) return;
    if (delayMs === 0) {
      this.#enqueue(delivery);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue(delivery);
    }, delayMs);
    this.#timers.add(timer);
  }

  #enqueue(delivery: Delivery): void {
    this.#queue.push(delivery);
    if (this.#pumping) return;
    this.#pumping = true;
    // After the answer to the request that caused the event: that one is timed by somebody.
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { url } = this.#endpoint();
    while (this.#active < this.#options.concurrency) {
      const delivery = this.#queue[this.#next];
      if (delivery === undefined) break;
      this.#next += 1;
      if (url === null) {
        this.#retry(delivery);
      } else {
        this.#active += 1;
        this.#attempt(delivery, url);
      }
    }
    if (this.#next > 1024 && this.#next > this.#queue.length / 2) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
  }

  #attempt(delivery: Delivery, url: string): void {
    const payload = JSON.stringify(delivery.event.object);
    const timestamp = Math.floor(Temporal.Now.instant().epochMilliseconds / 1000);
    let settled = false;
    const settle = (delivered: boolean): void => {
      if (settled) return;
      settled = true;
      this.#settle(delivery, delivered);
    };
    const outgoing = request(url, {
      method: "POST",
      agent: this.#agent,
      timeout: this.#options.timeoutMs,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "content-length": Buffer.byteLength(payload),
        "stripe-signature": signature(payload, this.#options.secret, timestamp),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      },
    });
    outgoing.on("response", (answer) => {
      const status = answer.statusCode ?? 0;
      answer.on("end", () => settle(status >= 200 && status < 300));
      answer.on("close", () => settle(false));
      answer.resume();
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => settle(false));
    outgoing.on("close", () => settle(false));
    outgoing.end(payload);
  }

  #settle(delivery: Delivery, delivered: boolean): void {
    this.#active -= 1;
    for (const { ids, done } of this.#watchers) {
      if (ids.delete(delivery.event.id) && ids.size === 0) done();
    }
    if (delivered) {
      this.counts.delivered += 1;
      delivery.event.object.pending_webhooks = 0;
    } else {
      this.#retry(delivery);
    }
    this.#pump();
  }

  #retry(delivery: Delivery): void {
    this.counts.failedAttempts += 1;
    if (this.#closed || delivery.generation !== this.#generation) return;
    const { attempts, retryDelayMs, maxRetryDelayMs } = this.#options;
    if (delivery.attempt >= attempts) {
      this.counts.abandoned += 1;
      return;
    }
    const delayMs = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (delivery.attempt - 1));
    delivery.attempt += 1;
    this.#after(delayMs, delivery);
  }
}
