/** The streams that are open, so that a gateway which stops can send their clients elsewhere at once. */

export interface OpenStreams {
  /** Takes what ends a stream; the answer takes it out again. */
  add(end: () => void): () => void;
  endAll(): void;
}

export function createOpenStreams(): OpenStreams {
  const open = new Set<() => void>();
  return {
    add: (end) => {
      open.add(end);
      return () => void open.delete(end);
    },
    endAll: () => {
      for (const end of open) end();
    },
  };
}
