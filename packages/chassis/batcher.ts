/**
 * Turns single requests into batches. Requests that arrive while a batch is in flight form the next one; under load a
 * batch waits a moment to grow, idle it never waits. A batch that fails is split until the item at fault is alone.
 */
import { lingerFor } from "./linger.ts";
import type { Distribution, Metrics } from "./metrics.ts";
import type { Problem } from "./problem.ts";
import { unavailable } from "./problems.ts";
import { isUnavailable } from "./unavailable.ts";

/** What became of one item. A `Problem` is a refusal, an `error` a failure; either rejects that item's promise alone. */
export type Outcome<O> = { readonly value: O } | { readonly problem: Problem } | { readonly error: unknown };

export interface BatcherOptions<I, O> {
  /** Label of its metrics. */
  readonly name: string;
  /** One outcome for each item, in their order. Throwing fails the batch as a whole: nothing of it may have happened. */
  readonly run: (items: readonly I[]) => Promise<readonly Outcome<O>[]>;
  /** Items in one batch at most; 64 where not said. */
  readonly maxItems?: number;
  /** Longest wait for a batch to grow under load, in ms; 2 where not said. */
  readonly lingerMs?: number;
  /** Items waiting at most; beyond it `add` refuses with `service/unavailable`. 10,000 where not said. */
  readonly maxQueue?: number;
  /** Batches in flight at once; 1 where not said, and then each batch sees what the one before has done. */
  readonly inFlight?: number;
  readonly metrics?: Metrics | undefined;
}

export interface Batcher<I, O> {
  /** The item's own value; rejects with its problem or error, or with `service/unavailable` where too many wait. */
  add(item: I): Promise<O>;
  /** Takes no more items and waits for all that were taken. */
  drain(): Promise<void>;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (value: O) => void;
  readonly reject: (error: unknown) => void;
}

const sizeBuckets = [1, 2, 4, 8, 16, 32, 64, 128];

/** Makes a batcher; it starts nothing until the first item. */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): Batcher<I, O> {
  return new QueueBatcher(options);
}

class QueueBatcher<I, O> implements Batcher<I, O> {
  readonly #options: BatcherOptions<I, O>;
  readonly #maxItems: number;
  readonly #sizes: Distribution<"batcher"> | undefined;
  #queue: Waiting<I, O>[] = [];
  #running = 0;
  #lastSize = 0;
  /** A batch is about to start: it waits for this turn of the event loop, or lingers. */
  #due: { cancel: () => void; until: number } | null = null;
  #drained: PromiseWithResolvers<void> | null = null;

  constructor(options: BatcherOptions<I, O>) {
    this.#options = options;
    this.#maxItems = options.maxItems ?? 64;
    this.#sizes = options.metrics?.histogram({
      name: "batch_size",
      help: "Requests that were worked on together.",
      labels: ["batcher"],
      buckets: sizeBuckets,
    });
  }

  add(item: I): Promise<O> {
    if (this.#drained) return Promise.reject(unavailable("This replica is shutting down."));
    if (this.#queue.length >= (this.#options.maxQueue ?? 10_000)) {
      return Promise.reject(unavailable("Too many requests are waiting."));
    }
    const { promise, resolve, reject } = Promise.withResolvers<O>();
    this.#queue.push({ item, resolve, reject });
    this.#schedule();
    return promise;
  }

  async drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers<void>();
    if (this.#queue.length === 0 && this.#running === 0) this.#drained.resolve();
    await this.#drained.promise;
  }

  #schedule(): void {
    if (this.#running >= (this.#options.inFlight ?? 1) || this.#queue.length === 0) return;
    if (this.#due) {
      if (this.#queue.length >= this.#due.until) this.#start();
      return;
    }
    const linger = lingerFor({
      waiting: this.#queue.length,
      lastSize: this.#lastSize,
      maxItems: this.#maxItems,
      lingerMs: this.#options.lingerMs ?? 2,
    });
    if (linger.waitMs > 0 && !this.#drained) {
      const timer = setTimeout(() => this.#start(), linger.waitMs);
      this.#due = { cancel: () => clearTimeout(timer), until: linger.until };
    } else {
      // What this turn of the event loop still brings joins the batch, at no cost in time.
      const immediate = setImmediate(() => this.#start());
      this.#due = { cancel: () => clearImmediate(immediate), until: this.#maxItems };
    }
  }

  #start(): void {
    this.#due?.cancel();
    this.#due = null;
    const batch = this.#queue.splice(0, this.#maxItems);
    this.#lastSize = batch.length;
    this.#sizes?.observe({ batcher: this.#options.name }, batch.length);
    this.#running += 1;
    void this.#run(batch).then(() => this.#finished());
  }

  #finished(): void {
    this.#running -= 1;
    if (this.#queue.length > 0) {
      this.#schedule();
      return;
    }
    if (this.#running === 0) this.#drained?.resolve();
  }

  /** Never rejects: every item is answered. */
  async #run(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outcomes = await this.#options.run(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length) {
        throw new RangeError(`${this.#options.name}: ${outcomes.length} outcomes for ${batch.length} items`);
      }
      for (const [index, waiting] of batch.entries()) answer(waiting, outcomes[index]!);
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error) || error instanceof RangeError) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.#run(batch.slice(0, middle));
      await this.#run(batch.slice(middle));
    }
  }
}

function answer<I, O>(waiting: Waiting<I, O>, outcome: Outcome<O>): void {
  if ("value" in outcome) waiting.resolve(outcome.value);
  else waiting.reject("problem" in outcome ? outcome.problem : outcome.error);
}
