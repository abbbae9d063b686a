/** One consumer of one event type: pull, gather, one transaction, acknowledge, again. */
import { streams } from "@holdfast/contracts/define-event";
import { JetStreamApiError } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/transport-node";
import { createBackoff } from "./backoff.ts";
import { type Bus, BusUnavailable } from "./bus.ts";
import type { ChassisTables } from "./database.ts";
import { Delivery } from "./delivery.ts";
import { DeliveryBatch, type DeliveryBatchOptions } from "./delivery-batch.ts";
import { type Durable, ensureDurable, workingIntervalMs } from "./durable.ts";
import { lingerFor } from "./linger.ts";
import { Pull } from "./pull.ts";

export interface ConsumerLoopOptions<DB extends ChassisTables> extends DeliveryBatchOptions<DB> {
  readonly bus: Bus;
  readonly batchMax: number;
  readonly lingerMs: number;
}

/** Pulled ahead: as many again as one batch takes. */
const batchesAhead = 2;
/** A pull that ends sooner than this was refused rather than lost. */
const shortLifeMs = 1_000;
const streamNotFound = 10_059;

/** Runs from its construction until it is drained. */
export class ConsumerLoop<DB extends ChassisTables> {
  readonly #options: ConsumerLoopOptions<DB>;
  readonly #batch: DeliveryBatch<DB>;
  readonly #durable: Durable;
  readonly #stop = new AbortController();
  readonly #backoff = createBackoff({ baseMs: 100, maxMs: 2_000 });
  readonly #stopListening: () => void;
  readonly #working: NodeJS.Timeout;
  readonly #running: Promise<void>;
  #pull: Pull | null = null;
  #inHand: readonly Delivery[] = [];
  #wake: (() => void) | null = null;
  #lastSize = 0;
  #saidWaiting = false;

  constructor(options: ConsumerLoopOptions<DB>) {
    this.#options = options;
    this.#batch = new DeliveryBatch(options, this.#stop.signal);
    const { event } = options.definition;
    this.#durable = { stream: streams[event.emitter].stream, name: options.consumer, subject: event.type };
    this.#stopListening = options.bus.onConnect(() => this.#pull?.end("reconnected"));
    this.#working = setInterval(() => this.#keepInHand(), workingIntervalMs).unref();
    this.#running = this.#run();
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
    clearInterval(this.#working);
    this.#stopListening();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const pull = await this.#open();
      if (!pull) continue;
      this.#pull = pull;
      const openedAt = performance.now();
      while (pull.ended === null && !this.#stop.signal.aborted) await this.#turn(pull);
      if (performance.now() - openedAt < shortLifeMs) await this.#backoff.pause(this.#stop.signal);
      else this.#backoff.reset();
      pull.end("drained");
      this.#pull = null;
      this.#giveBack(pull.waiting);
    }
  }

  /** Makes sure of the durable and pulls; null where that failed, after a pause. */
  async #open(): Promise<Pull | null> {
    const { bus, batchMax, log, consumer } = this.#options;
    try {
      const { nc, jsm, inboxPrefix } = bus;
      if (!bus.connected) throw new BusUnavailable("not connected to NATS");
      await ensureDurable(jsm, this.#durable);
      this.#saidWaiting = false;
      const capacity = batchMax * batchesAhead;
      const { stream, name: durable } = this.#durable;
      return new Pull({ nc, inboxPrefix, stream, durable, capacity, onChange: () => this.#wake?.() });
    } catch (error) {
      // That it is not connected the bus itself says, once and not for each consumer.
      const isTold = this.#saidWaiting || error instanceof BusUnavailable;
      if (!isTold && !this.#stop.signal.aborted) {
        const missing = error instanceof JetStreamApiError && error.code === streamNotFound;
        log.info({ consumer, err: missing ? undefined : error }, "waiting for the stream that is consumed");
        this.#saidWaiting = true;
      }
      await this.#backoff.pause(this.#stop.signal);
      return null;
    }
  }

  async #turn(pull: Pull): Promise<void> {
    const { batchMax, lingerMs } = this.#options;
    if (pull.waiting.length === 0) {
      this.#lastSize = 0;
      await this.#until(() => pull.waiting.length > 0 || pull.ended !== null);
      if (pull.waiting.length === 0) return;
    }
    const linger = lingerFor({
      waiting: pull.waiting.length,
      lastSize: this.#lastSize,
      maxItems: batchMax,
      lingerMs,
    });
    if (linger.waitMs > 0) await this.#until(() => pull.waiting.length >= linger.until, linger.waitMs);
    if (pull.ended !== null || this.#stop.signal.aborted) return;
    const messages = pull.take(batchMax);
    this.#lastSize = messages.length;
    this.#inHand = messages.map((message) => new Delivery(message));
    try {
      await this.#batch.process(this.#inHand);
    } finally {
      this.#inHand = [];
    }
  }

  /** Waits until the condition holds, the loop is drained, or the time is over. */
  async #until(condition: () => boolean, timeoutMs?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = () => {
      if (condition() || this.#stop.signal.aborted) resolve();
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
    this.#wake();
    await promise;
    clearTimeout(timer);
    this.#wake = null;
  }

  /** Tells the server that what is held is being worked on, so that it is not delivered to somebody else. */
  #keepInHand(): void {
    const { bus } = this.#options;
    if (!bus.connected) return;
    for (const delivery of this.#inHand) delivery.working();
    for (const message of this.#pull?.waiting ?? []) message.respond("+WPI");
  }

  #giveBack(messages: readonly Msg[]): void {
    if (!this.#options.bus.connected) return;
    for (const message of messages) message.respond("-NAK");
  }
}
