/**
 * Publishes stored events to JetStream and says which of them it has stored.
 * One inbox for all acknowledgements and one timer for all timeouts: no promise and no timer an event.
 */
import {
  type Msg,
  type NatsConnection,
  type Subscription,
  createInbox,
  headers,
} from "@nats-io/transport-node";
import type { OutboxRow } from "./outbox.ts";

export interface PublisherOptions {
  readonly nc: NatsConnection;
  readonly inboxPrefix: string;
  /** Events sent and not answered at most; 4,096 where not said. */
  readonly inFlightMax?: number | undefined;
  /** JetStream has stored the event (or had it already) under that sequence. */
  readonly onStored: (id: string, seq: number) => void;
  /** JetStream has not stored the event: nobody took it, it was refused, or no answer came. It stays unpublished. */
  readonly onFailed: (id: string, reason: string) => void;
}

interface InFlight {
  readonly id: string;
  readonly sentAt: number;
}

const defaultInFlightMax = 4_096;
const ackTimeoutMs = 5_000;
const checkIntervalMs = 1_000;
const msgIdHeader = "Nats-Msg-Id";

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  /** In the order sent, so the oldest are first. */
  readonly #inFlight = new Map<number, InFlight>();
  readonly #timer: NodeJS.Timeout;
  /** One set of headers for all: the client turns it into bytes before `publish` returns. */
  readonly #headers = headers();
  #settled: { readonly sent: number; readonly resolve: () => void }[] = [];
  #sent = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#inbox = createInbox(options.inboxPrefix);
    this.#subscription = options.nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.#receive(message);
      },
    });
    this.#timer = setInterval(() => this.#expire(), checkIntervalMs).unref();
  }

  /** How many more can be sent before some are answered. */
  get room(): number {
    return (this.#options.inFlightMax ?? defaultInFlightMax) - this.#inFlight.size;
  }

  /** Sends the event; `onStored` or `onFailed` follows. False where too many are in flight: it was not sent. */
  publish(row: OutboxRow, epoch: number): boolean {
    if (this.room <= 0) return false;
    this.#sent += 1;
    this.#inFlight.set(this.#sent, { id: row.id, sentAt: performance.now() });
    this.#headers.set(msgIdHeader, epoch === 1 ? row.id : `${row.id}:${epoch}`);
    const reply = `${this.#inbox}.${this.#sent}`;
    this.#options.nc.publish(row.subject, row.envelope, { reply, headers: this.#headers });
    return true;
  }

  /** Resolves once everything sent so far has been answered or given up, which takes 6 s at most. */
  async settled(): Promise<void> {
    if (this.#inFlight.size === 0) return;
    await new Promise<void>((resolve) => this.#settled.push({ sent: this.#sent, resolve }));
  }

  /** Gives up what is in flight; it stays unpublished and the sweeper publishes it again. */
  close(): void {
    clearInterval(this.#timer);
    if (!this.#options.nc.isClosed()) this.#subscription.unsubscribe();
    for (const [token, { id }] of this.#inFlight) {
      this.#inFlight.delete(token);
      this.#options.onFailed(id, "connection lost");
    }
    this.#settle();
  }

  #receive(message: Msg): void {
    const token = Number(message.subject.slice(this.#inbox.length + 1));
    const sent = this.#inFlight.get(token);
    if (!sent) return;
    this.#inFlight.delete(token);
    const seq = readAck(message);
    if (typeof seq === "number") this.#options.onStored(sent.id, seq);
    else this.#options.onFailed(sent.id, seq);
    this.#settle();
  }

  #expire(): void {
    const before = performance.now() - ackTimeoutMs;
    for (const [token, { id, sentAt }] of this.#inFlight) {
      if (sentAt > before) break;
      this.#inFlight.delete(token);
      this.#options.onFailed(id, "no answer");
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#settled.length === 0) return;
    const oldest = this.#inFlight.keys().next().value ?? Number.POSITIVE_INFINITY;
    while (this.#settled[0] && this.#settled[0].sent < oldest) this.#settled.shift()?.resolve();
  }
}

/** The sequence under which JetStream has the event, or why it has not. An empty answer is "nobody is there" (503). */
function readAck(message: Msg): number | string {
  const body = message.string();
  if (body === "") return `${message.headers?.code ?? "empty answer"}`;
  const ack = JSON.parse(body) as { seq?: number; error?: unknown };
  return ack.error === undefined && typeof ack.seq === "number" ? ack.seq : body;
}
