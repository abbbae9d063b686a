/** The connection to NATS: made in the background, kept for ever, and never a reason not to start. */
import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type Backoff, createBackoff } from "./backoff.ts";
import type { Logger } from "./log.ts";

export interface BusOptions {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The service; its replies arrive under `_INBOX_<name>`. */
  readonly name: string;
  readonly log: Logger;
}

/** NATS as a service uses it. */
export interface Bus extends AsyncDisposable {
  /** Is there a connection right now? */
  readonly connected: boolean;
  /** The connection; throws `BusUnavailable` before the first one was made. */
  readonly nc: NatsConnection;
  /** The JetStream API; throws `BusUnavailable` before the first connection was made. */
  readonly jsm: JetStreamManager;
  /** Prefix of the subjects at which this connection may be answered: `_INBOX_booking`. */
  readonly inboxPrefix: string;
  /** Calls the listener at the first connection and at each reconnection (at once where there is one). Returns how to stop. */
  onConnect(listener: () => void): () => void;
  /** Waits for a connection, at most so long; says whether there is one. */
  whenConnected(timeoutMs: number): Promise<boolean>;
}

/** There has been no connection to NATS yet. */
export class BusUnavailable extends Error {
  override readonly name = "BusUnavailable";
}

const connectTimeoutMs = 2_000;
const requestTimeoutMs = 5_000;
const pingIntervalMs = 5_000;
const closeTimeoutMs = 3_000;

/** Starts connecting and returns at once. */
export function connectBus(options: BusOptions): Bus {
  return new NatsBus(options);
}

class NatsBus implements Bus {
  readonly inboxPrefix: string;
  connected = false;
  readonly #options: BusOptions;
  readonly #listeners = new Set<() => void>();
  readonly #backoff: Backoff = createBackoff({ baseMs: 100, maxMs: 2_000 });
  readonly #stop = new AbortController();
  readonly #first: Promise<void>;
  #nc: NatsConnection | null = null;
  #jsm: JetStreamManager | null = null;

  constructor(options: BusOptions) {
    this.#options = options;
    this.inboxPrefix = `_INBOX_${options.name}`;
    this.#first = this.#connect();
  }

  get nc(): NatsConnection {
    if (!this.#nc) throw new BusUnavailable("not connected to NATS yet");
    return this.#nc;
  }

  get jsm(): JetStreamManager {
    if (!this.#jsm) throw new BusUnavailable("not connected to NATS yet");
    return this.#jsm;
  }

  onConnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.connected) listener();
    return () => this.#listeners.delete(listener);
  }

  async whenConnected(timeoutMs: number): Promise<boolean> {
    if (this.connected) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    const stopListening = this.onConnect(() => resolve(true));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#first;
    this.connected = false;
    const nc = this.#nc;
    if (!nc || nc.isClosed()) return;
    const late = new Promise((resolve) => setTimeout(resolve, closeTimeoutMs).unref());
    // What has been handed over (acknowledgements) is flushed before the connection goes.
    await Promise.race([nc.flush().catch(() => undefined), late]);
    await nc.close();
  }

  /** The client gives up when its first attempt fails, so the first connection is retried here; later ones it keeps itself. */
  async #connect(): Promise<void> {
    const { url, user, password, name, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        const nc = await connect({
          servers: url.split(","),
          name,
          ...(user === undefined ? {} : { user, pass: password ?? "" }),
          inboxPrefix: this.inboxPrefix,
          timeout: connectTimeoutMs,
          maxReconnectAttempts: -1,
          reconnectDelayHandler: () => this.#backoff.nextMs(),
          pingInterval: pingIntervalMs,
          maxPingOut: 2,
          noAsyncTraces: true,
          ignoreAuthErrorAbort: true,
        });
        this.#jsm = await jetstreamManager(nc, { checkAPI: false, timeout: requestTimeoutMs });
        this.#nc = nc;
        this.#isUp();
        void this.#watch(nc);
        return;
      } catch (error) {
        log.warn({ err: error }, "NATS cannot be reached; trying again");
        await this.#backoff.pause(this.#stop.signal);
      }
    }
  }

  async #watch(nc: NatsConnection): Promise<void> {
    const { log } = this.#options;
    for await (const status of nc.status()) {
      if (status.type === "disconnect") {
        this.connected = false;
        log.warn("the connection to NATS was lost");
      } else if (status.type === "reconnect") {
        log.info("connected to NATS again");
        this.#isUp();
      } else if (status.type === "error") {
        log.warn({ err: status.error }, "NATS refused something");
      }
    }
    this.connected = false;
  }

  #isUp(): void {
    this.connected = true;
    this.#backoff.reset();
    for (const listener of this.#listeners) listener();
  }
}
