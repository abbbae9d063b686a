/** Starts and stops what `consumers.ts` declares. */
import type { Bus } from "./bus.ts";
import { type ConsumerDefinition, type RetryPolicy, consumerName } from "./consumer.ts";
import { ConsumerLoop } from "./consumer-loop.ts";
import type { ChassisTables } from "./database.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { noTelemetry, type Telemetry } from "./telemetry.ts";
import type { Transact } from "./unit-of-work.ts";

export interface StartConsumersOptions<DB extends ChassisTables> {
  /** The service; durables are named `<name>-<event type with _ for .>`. */
  readonly name: string;
  readonly bus: Bus;
  readonly transact: Transact<DB>;
  readonly definitions: readonly ConsumerDefinition<DB>[];
  readonly log: Logger;
  readonly metrics?: Metrics | undefined;
  /** Records nothing where not given. */
  readonly telemetry?: Telemetry;
  readonly batch?: { readonly max?: number; readonly lingerMs?: number };
  readonly retry?: Partial<RetryPolicy>;
}

export interface Consumers extends AsyncDisposable {
  /** Takes no more events, finishes those in hand, and gives the rest back to other replicas at once. */
  drain(): Promise<void>;
}

const defaultBatchMax = 64;
const defaultLingerMs = 2;
const defaultRetry: RetryPolicy = { baseMs: 100, maxMs: 30_000, failures: 8 };

/** Starts one loop for each definition. Returns at once: streams that do not exist yet are waited for. */
export function startConsumers<DB extends ChassisTables>(options: StartConsumersOptions<DB>): Consumers {
  const telemetry = options.telemetry ?? noTelemetry();
  const loops = options.definitions.map(
    (definition) =>
      new ConsumerLoop<DB>({
        consumer: consumerName(options.name, definition),
        definition,
        bus: options.bus,
        transact: options.transact,
        log: options.log,
        metrics: options.metrics,
        telemetry,
        batchMax: definition.options.batchMax ?? options.batch?.max ?? defaultBatchMax,
        lingerMs: options.batch?.lingerMs ?? defaultLingerMs,
        retry: { ...defaultRetry, ...options.retry },
      }),
  );
  const drain = async () => {
    await Promise.all(loops.map((loop) => loop.drain()));
  };
  return { drain, [Symbol.asyncDispose]: drain };
}
