/** Counts the requests in hand, so that a server can stop without dropping one. */

export interface InFlight {
  readonly count: number;
  /** Counts one in, until `leave` counts it out. */
  enter(): void;
  leave(): void;
  /** Resolves with true when none is in hand, or with false after `timeoutMs`. */
  settled(timeoutMs: number): Promise<boolean>;
}

export function createInFlight(): InFlight {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    get count() {
      return count;
    },
    enter: () => {
      count += 1;
    },
    leave: () => {
      count -= 1;
      if (count > 0 || waiting.length === 0) return;
      for (const wake of waiting) wake();
      waiting = [];
    },
    settled: async (timeoutMs) => {
      if (count === 0) return true;
      const over = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => over.resolve(false), timeoutMs);
      waiting.push(() => over.resolve(true));
      const settled = await over.promise;
      clearTimeout(timer);
      return settled;
    },
  };
}
