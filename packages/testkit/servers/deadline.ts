import { setTimeout as pause } from "node:timers/promises";

const pollMs = 20;

/**
 * Asks until the answer is true. The question's own failures count as "not yet".
 * @returns whether it came true within `deadlineMs`.
 */
export async function cameTrue(
  question: () => Promise<boolean> | boolean,
  deadlineMs: number,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      if (await question()) return true;
    } catch {
      // Not reachable yet; the deadline decides.
    }
    if (performance.now() >= end) return false;
    await pause(pollMs);
  }
}
