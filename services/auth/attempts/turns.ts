/** One after the other, by key: what follows sees what came of the one before. */
export interface Turns {
  /** Runs the work when everything before it under that key is done; undefined, without running it, where too many wait. */
  take<T>(key: string, work: () => Promise<T>): Promise<{ readonly result: T } | undefined>;
}

/** @param mostWaiting for one key, the one at work included */
export function createTurns(mostWaiting: number): Turns {
  const queues = new Map<string, { last: Promise<unknown>; size: number }>();
  return {
    take: async (key, work) => {
      const queue = queues.get(key) ?? { last: Promise.resolve(), size: 0 };
      if (queue.size >= mostWaiting) return undefined;
      queue.size += 1;
      queues.set(key, queue);
      const mine = queue.last.then(work);
      queue.last = mine.catch(() => undefined);
      try {
        return { result: await mine };
      } finally {
        queue.size -= 1;
        if (queue.size === 0) queues.delete(key);
      }
    },
  };
}
