/** Waiting longer after each failure, never in step with others, never beyond a bound. */

export interface BackoffOptions {
  /** Wait after the first failure, in ms. */
  readonly baseMs: number;
  /** Longest wait, in ms. */
  readonly maxMs: number;
}

export interface Backoff {
  /** The next wait, in ms; each is about twice the one before. */
  nextMs(): number;
  /** Waits that long, or until the signal aborts; never rejects. */
  pause(signal?: AbortSignal): Promise<void>;
  /** After a success: the next wait is short again. */
  reset(): void;
}

/** Wait before the attempt that follows `failures` failures, in ms: doubling, with jitter between half and all of it. */
export function backoffMs(
  failures: number,
  { baseMs, maxMs }: BackoffOptions,
  random = Math.random(),
): number {
  const whole = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole / 2 + (whole / 2) * random);
}

export function createBackoff(options: BackoffOptions): Backoff {
  let failures = 0;
  const nextMs = () => backoffMs((failures += 1), options);
  return {
    nextMs,
    pause: (signal) => pause(nextMs(), signal),
    reset: () => {
      failures = 0;
    },
  };
}

/** Resolves after so many ms, or as soon as the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  const timer = setTimeout(done, ms);
  signal?.addEventListener("abort", done, { once: true });
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener("abort", done);
}
