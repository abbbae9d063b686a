/** How a real client calls: what was not answered it sends again, under the same key, until it is. */
import { ApiError } from "@holdfast/testkit/platform/api-client";
import { setTimeout as pause } from "node:timers/promises";

/** What clients met on their way, by status or error, and how often. */
export type Troubles = Map<string, number>;

const firstWaitMs = 50;
const longestWaitMs = 1_000;
const mostAttempts = 60;

/** Why another attempt may be answered; undefined where the answer is final. */
function troubleOf(error: unknown): string | undefined {
  if (error instanceof ApiError) {
    const { status, problem } = error;
    const isPassing =
      status >= 500 || status === 429 || problem?.code === "request/idempotency-key-in-flight";
    return isPassing ? `${status} ${problem?.code ?? "without a problem"}` : undefined;
  }
  // What `fetch` throws for a connection that was refused or broke, and for the client's own patience.
  if (error instanceof TypeError) return "connection lost";
  if (error instanceof DOMException && error.name === "TimeoutError") return "no answer";
  return undefined;
}

/** As long as the answer asks for, else doubling with jitter. */
function waitMs(error: unknown, attempt: number): number {
  const asked = error instanceof ApiError ? Number(error.headers.get("retry-after") ?? NaN) * 1_000 : NaN;
  if (!Number.isNaN(asked)) return asked;
  return Math.min(longestWaitMs, firstWaitMs * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/** Calls until there is a final answer. @throws what the final answer is, when it is a refusal, and what came after a bounded number of attempts */
export async function persistently<T>(call: () => Promise<T>, troubles: Troubles = new Map()): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === undefined || attempt >= mostAttempts) throw error;
      troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
      await pause(waitMs(error, attempt));
    }
  }
}
