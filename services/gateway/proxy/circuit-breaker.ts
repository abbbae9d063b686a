/** Stops asking a service that has stopped answering, and asks again a little at a time. Pure: time is handed in. */

export interface CircuitBreaker {
  /** May a call go out now? While half open one call may, as a probe. */
  allows(nowMs: number): boolean;
  /** A call was answered, whatever the answer. */
  succeeded(): void;
  /** A call found nobody, or waited in vain. */
  failed(nowMs: number): void;
  /** A call ended without telling anything: the client left. */
  abandoned(): void;
  readonly state: "closed" | "open" | "half-open";
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open the first time; twice as long after each failed probe. */
  readonly openMs: number;
  readonly longestOpenMs: number;
}

export function createCircuitBreaker(options: BreakerOptions): CircuitBreaker {
  let failuresInARow = 0;
  let openMs = options.openMs;
  let openUntilMs = 0;
  let state: CircuitBreaker["state"] = "closed";
  let isProbing = false;

  const open = (nowMs: number) => {
    state = "open";
    openUntilMs = nowMs + openMs;
    isProbing = false;
  };
  return {
    get state() {
      return state;
    },
    allows: (nowMs) => {
      if (state === "closed") return true;
      if (state === "open" && nowMs >= openUntilMs) state = "half-open";
      if (state !== "half-open" || isProbing) return false;
      isProbing = true;
      return true;
    },
    succeeded: () => {
      failuresInARow = 0;
      if (state === "closed") return;
      state = "closed";
      isProbing = false;
      openMs = options.openMs;
    },
    failed: (nowMs) => {
      failuresInARow += 1;
      // Calls that were under way when it opened say nothing new.
      if (state === "open") return;
      if (state === "half-open") {
        openMs = Math.min(openMs * 2, options.longestOpenMs);
        open(nowMs);
      } else if (failuresInARow >= options.failures) open(nowMs);
    },
    abandoned: () => {
      isProbing = false;
    },
  };
}
