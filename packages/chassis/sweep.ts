/** Periodic, bounded work: it never overlaps itself, does not run in step with other replicas, and ends cleanly. */
import { pause } from "./backoff.ts";
import type { Logger } from "./log.ts";

export interface Every {
  readonly name: string;
  readonly intervalMs: number;
  /** One bounded piece of work; `true` says that there is more and it should run again at once. */
  readonly work: (signal: AbortSignal) => Promise<boolean | void>;
  readonly log: Logger;
  /** Asked before each run, to let one replica do what one is enough for. */
  readonly lease?: () => Promise<boolean>;
}

export interface Sweep extends AsyncDisposable {
  /** Runs now (after the run in hand, if any), without asking for the lease. Rejects with what the work throws. */
  runNow(): Promise<void>;
}

const jitter = 0.2;
/** Runs in a row at most, so that a work that always says "more" still leaves its loop. */
const runsInARowMax = 1_000;

/** Starts it; the first run comes after one interval. Errors are logged, and the next run comes as usual. */
export function every({ name, intervalMs, work, log, lease }: Every): Sweep {
  const stop = new AbortController();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: each run waits for the one before. */
  function runAfterLast(): Promise<void> {
    const run = last.then(async () => {
      for (let count = 0; count < runsInARowMax && !stop.signal.aborted; count += 1) {
        if ((await work(stop.signal)) !== true) return;
      }
    });
    last = run.catch(() => undefined);
    return run;
  }

  async function runForEver(): Promise<void> {
    while (!stop.signal.aborted) {
      await pause(intervalMs * (1 - jitter / 2 + Math.random() * jitter), stop.signal);
      if (stop.signal.aborted) return;
      try {
        if (lease === undefined || (await lease())) await runAfterLast();
      } catch (error) {
        log.warn({ err: error, sweep: name }, "a sweep failed; it will run again");
      }
    }
  }

  const running = runForEver();
  return {
    runNow: runAfterLast,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await last;
    },
  };
}
