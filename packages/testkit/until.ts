/** Waiting on a condition with a deadline: what tests do instead of sleeping. */

const askEveryMs = 20;

/**
 * Resolves with the first truthy value of `condition`, asked every 20 ms.
 * @throws Error naming what was waited for when `deadlineMs` (10 s where not said) has passed
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}
