/** Waiting on a condition with a deadline: what tests do instead of sleeping. */

const pauseLeastMs = 20;
const pauseMostMs = 100;

/** What took long already is asked for less often: whoever asks keeps the one that is asked from its work. */
function pauseAfter(waitedMs: number): number {
  return Math.min(Math.max(pauseLeastMs, waitedMs / 5), pauseMostMs);
}

/**
 * Resolves with the first truthy value of `condition`, asked every 20 ms, and every 100 ms where it takes long.
 * @throws Error naming what was waited for when `deadlineMs` (10 s where not said) has passed
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const startedAt = performance.now();
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<Exclude<T, false>>;
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > deadlineMs) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(waitedMs)));
  }
}
