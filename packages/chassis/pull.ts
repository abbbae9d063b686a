/**
 * Messages of one durable pull consumer, pulled ahead of need so that the next batch gathers while one is in hand.
 * Written on core NATS: one subscription, one request for many messages, no promise and no timer a message.
 * https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
import {
  type Msg,
  type NatsConnection,
  type Subscription,
  createInbox,
  nanos,
} from "@nats-io/transport-node";

const expiresMs = 20_000;
const heartbeatMs = 4_000;
const heartbeat = 100;
const requestTimeout = 408;
/** Two heartbeats missed: the server has forgotten the request. */
const silenceMs = 2 * heartbeatMs + 1_000;

export interface PullOptions {
  readonly nc: NatsConnection;
  readonly inboxPrefix: string;
  readonly stream: string;
  readonly durable: string;
  /** Messages held here at most, waiting and asked for together. */
  readonly capacity: number;
  /** Something has arrived, or the pull is over. */
  readonly onChange: () => void;
}

/** An open pull. It ends by itself when the consumer or its stream is gone; then it must be opened anew. */
export class Pull {
  /** Arrived and not taken, oldest first. */
  waiting: Msg[] = [];
  /** Why it ended, null while it is open. */
  ended: string | null = null;
  readonly #options: PullOptions;
  readonly #subscription: Subscription;
  readonly #inbox: string;
  readonly #subject: string;
  readonly #watch: NodeJS.Timeout;
  /** Messages of the current request still to come. */
  #asked = 0;
  #heardAt = performance.now();

  constructor(options: PullOptions) {
    this.#options = options;
    this.#inbox = createInbox(options.inboxPrefix);
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.durable}`;
    this.#subscription = options.nc.subscribe(this.#inbox, {
      callback: (error, message) => (error ? this.end(error.message) : this.#receive(message)),
    });
    this.#watch = setInterval(() => this.#checkSilence(), heartbeatMs).unref();
    this.#ask();
  }

  /** Takes up to `max` messages and asks for as many again. */
  take(max: number): Msg[] {
    const taken = this.waiting.length <= max ? this.waiting : this.waiting.slice(0, max);
    this.waiting = this.waiting.length <= max ? [] : this.waiting.slice(max);
    this.#ask();
    return taken;
  }

  /** Stops; what is waiting stays to be given back. */
  end(reason: string): void {
    if (this.ended !== null) return;
    this.ended = reason;
    clearInterval(this.#watch);
    if (!this.#options.nc.isClosed()) this.#subscription.unsubscribe();
    this.#options.onChange();
  }

  #receive(message: Msg): void {
    this.#heardAt = performance.now();
    // A message keeps the subject it was published under; what comes to the inbox itself is about the request.
    if (message.subject !== this.#inbox) {
      this.waiting.push(message);
      this.#asked -= 1;
      if (this.#asked <= 0) this.#ask();
      this.#options.onChange();
      return;
    }
    this.#status(message);
  }

  #status(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === heartbeat) return;
    if (code === requestTimeout) {
      this.#asked = 0;
      this.#ask();
      return;
    }
    // Consumer deleted (409), nobody there (503), refused (400): what was opened is not there any more.
    this.end(`${code} ${message.headers?.description ?? ""}`.trim());
  }

  #ask(): void {
    const room = this.#options.capacity - this.waiting.length;
    if (this.ended !== null || this.#asked > 0 || room <= 0) return;
    this.#asked = room;
    const request = { batch: room, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) };
    this.#options.nc.publish(this.#subject, JSON.stringify(request), { reply: this.#inbox });
  }

  #checkSilence(): void {
    if (this.#asked > 0 && performance.now() - this.#heardAt > silenceMs) this.end("no heartbeat");
  }
}
