/** What is done with the messages of one turn: one transaction where all goes well, halves and singles where it does not. */
import type { Envelope } from "@holdfast/contracts/define-event";
import { backoffMs, createBackoff } from "./backoff.ts";
import type { ConsumerDefinition, RetryPolicy } from "./consumer.ts";
import type { ChassisTables } from "./database.ts";
import { type DeadLetterKind, recordDeadLetter } from "./dead-letters.ts";
import type { Delivery } from "./delivery.ts";
import { processInSpans } from "./event-spans.ts";
import { FailureCounts } from "./failure-counts.ts";
import { claimEvents } from "./inbox.ts";
import type { Logger } from "./log.ts";
import type { Count, Distribution, Metrics } from "./metrics.ts";
import { Problem } from "./problem.ts";
import { InvalidEvent, type Received, toReceived } from "./received.ts";
import type { Telemetry } from "./telemetry.ts";
import { isUnavailable } from "./unavailable.ts";
import type { Transact } from "./unit-of-work.ts";

export interface DeliveryBatchOptions<DB extends ChassisTables> {
  /** The durable's name, which is also the consumer's in the inbox. */
  readonly consumer: string;
  readonly definition: ConsumerDefinition<DB>;
  readonly transact: Transact<DB>;
  readonly log: Logger;
  readonly metrics: Metrics | undefined;
  readonly telemetry: Telemetry;
  readonly retry: RetryPolicy;
}

/** A message that has been read and checked. */
interface Readable {
  readonly delivery: Delivery;
  readonly received: Received;
}

const sizeBuckets = [1, 2, 4, 8, 16, 32, 64, 128];

/** Events whose failures are remembered at a time; one consumer pulls fewer ahead than that. */
const failuresHeldMax = 4_096;
/** Delivered more often than this, an event may be what ends its processes, and is tried alone. */
const suspectDeliveries = 8;
/** Delivered more often than this, an event is not tried any more. */
const deliveriesMax = 64;

/**
 * Processes batches of one consumer; each message is acknowledged, given back or ended before `process` returns.
 *
 * Failures of an event are counted here, in memory: JetStream's deliveries also count whatever was given back when a
 * process drained or reconnected, and what was in the hands of one that ended, none of which is the event's fault. The
 * count is for this process alone, so each replica and each restart allows as many again.
 * A failure that ends the process is never counted, so deliveries have a ceiling as well, far above what restarts and
 * reconnects come to. Long before that, such events are tried one at a time in a random order: those that were only
 * pulled together with the one at fault are done with before it reaches the ceiling, and do not become dead letters too.
 */
export class DeliveryBatch<DB extends ChassisTables> {
  readonly #options: DeliveryBatchOptions<DB>;
  readonly #failures = new FailureCounts(failuresHeldMax);
  readonly #signal: AbortSignal;
  readonly #sizes: Distribution<"consumer"> | undefined;
  readonly #outcomes: Count<"consumer" | "outcome"> | undefined;

  constructor(options: DeliveryBatchOptions<DB>, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#sizes = options.metrics?.histogram({
      name: "consumer_batch_size",
      help: "Events taken into one transaction.",
      labels: ["consumer"],
      buckets: sizeBuckets,
    });
    this.#outcomes = options.metrics?.counter({
      name: "consumer_events_total",
      help: "Events by what became of them.",
      labels: ["consumer", "outcome"],
    });
  }

  /** Never throws. What failed before is tried apart from what is new, so that it delays nothing. */
  async process(deliveries: readonly Delivery[]): Promise<void> {
    this.#sizes?.observe({ consumer: this.#options.consumer }, deliveries.length);
    const fresh: Readable[] = [];
    const again: Readable[] = [];
    const suspects: { readonly readable: Readable; readonly order: number }[] = [];
    for (const delivery of deliveries) {
      const readable = await this.#read(delivery);
      if (!readable) continue;
      if (delivery.deliveries > suspectDeliveries) suspects.push({ readable, order: Math.random() });
      else (delivery.deliveries > 1 ? again : fresh).push(readable);
    }
    if (fresh.length > 0) await this.#attempt(fresh);
    if (again.length > 0) await this.#attempt(again);
    for (const { readable } of suspects.toSorted((a, b) => a.order - b.order)) {
      await this.#attempt([readable]);
    }
  }

  async #read(delivery: Delivery): Promise<Readable | null> {
    try {
      const received = toReceived(this.#options.definition.event, delivery.envelope, delivery.deliveries);
      if (delivery.deliveries <= deliveriesMax) return { delivery, received };
      const unfinished = new Error(`delivered ${deliveriesMax} times, and whoever had it did not finish it`);
      await this.#bury(delivery, "exhausted", unfinished);
      return null;
    } catch (error) {
      await this.#bury(delivery, "refused", error);
      return null;
    }
  }

  async #attempt(batch: readonly Readable[]): Promise<void> {
    const { telemetry, consumer, definition } = this.#options;
    const events = batch.map(({ received }) => received);
    const names = { consumer, type: definition.event.type };
    const error = await this.#tryUntilAvailable(() =>
      processInSpans(telemetry, names, events, (inSpans) => this.#transact(inSpans)),
    );
    if (error === null) {
      for (const { delivery, received } of batch) {
        delivery.ack();
        this.#failures.forget(received.id);
      }
      this.#count("done", batch.length);
    } else if (this.#signal.aborted && isUnavailable(error)) {
      for (const { delivery } of batch) delivery.nak(0);
    } else if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await this.#attempt(batch.slice(0, middle));
      await this.#attempt(batch.slice(middle));
    } else {
      await this.#failed(batch[0]!, error);
    }
  }

  async #transact(batch: readonly Received[]): Promise<void> {
    const { transact, consumer, definition } = this.#options;
    await transact(async (unit) => {
      const byId = new Map(batch.map((received) => [received.id, received]));
      const fresh = await claimEvents(unit.tx, consumer, [...byId.keys()]);
      if (fresh.size === 0) return;
      const received =
        fresh.size === byId.size
          ? [...byId.values()]
          : [...byId.values()].filter((each) => fresh.has(each.id));
      await definition.handle(unit, received);
    });
  }

  async #failed({ delivery, received }: Readable, error: unknown): Promise<void> {
    const { retry, log, consumer } = this.#options;
    if (error instanceof Problem) {
      await this.#bury(delivery, "refused", error);
      return;
    }
    const failures = this.#failures.add(received.id);
    if (failures >= retry.failures) {
      await this.#bury(delivery, "exhausted", error);
      return;
    }
    log.warn(
      { err: error, consumer, event: received.id, failures },
      "an event failed and will be delivered again",
    );
    this.#count("failed", 1);
    delivery.nak(backoffMs(failures, retry));
  }

  /** Records the message where an operator can see and replay it, then ends it. */
  async #bury(delivery: Delivery, kind: DeadLetterKind, error: unknown): Promise<void> {
    const { transact, consumer, definition, log } = this.#options;
    const letter = {
      ...bodyOf(delivery),
      consumer,
      eventType: definition.event.type,
      kind,
      error,
      deliveries: delivery.deliveries,
    };
    const failure = await this.#tryUntilAvailable(() => transact(({ tx }) => recordDeadLetter(tx, letter)));
    if (failure !== null) {
      log.error({ err: failure, consumer }, "a dead letter could not be recorded");
      delivery.nak(this.#options.retry.maxMs);
      return;
    }
    log.error({ err: error, consumer, kind }, "an event became a dead letter");
    this.#failures.forget(letter.eventId);
    this.#count(kind, 1);
    if (error instanceof Problem) delivery.ack();
    else delivery.term();
  }

  /** The error that is left, or null. While Postgres is away it waits and tries again: an outage is nobody's failure. */
  async #tryUntilAvailable(work: () => Promise<void>): Promise<unknown> {
    const backoff = createBackoff({ baseMs: 50, maxMs: 2_000 });
    for (;;) {
      try {
        await work();
        return null;
      } catch (error) {
        if (!isUnavailable(error) || this.#signal.aborted) return error ?? new Error("nothing was thrown");
        this.#options.log.warn(
          { err: error, consumer: this.#options.consumer },
          "Postgres is away; events wait",
        );
        await backoff.pause(this.#signal);
      }
    }
  }

  #count(outcome: string, by: number): void {
    this.#outcomes?.add({ consumer: this.#options.consumer, outcome }, by);
  }
}

/** The envelope of a message, or, where it holds none, what it does hold. */
function bodyOf(delivery: Delivery): {
  readonly eventId: string;
  readonly envelope: Envelope | { readonly body: string };
} {
  try {
    const { envelope } = delivery;
    if (typeof envelope.id === "string") return { eventId: envelope.id, envelope };
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error;
  }
  return { eventId: delivery.place, envelope: { body: delivery.body } };
}
