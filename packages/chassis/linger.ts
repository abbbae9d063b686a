/** When a batch should start: at once while there is little to do, a moment later while waiting makes it larger. */

export interface Gathering {
  /** Items waiting now; at least one. */
  readonly waiting: number;
  /** Size of the batch before. */
  readonly lastSize: number;
  readonly maxItems: number;
  /** Longest wait, in ms. */
  readonly lingerMs: number;
}

/** Wait so long, or until so many have gathered, whichever comes first. */
export interface Linger {
  readonly waitMs: number;
  readonly until: number;
}

/** A batch this large says that there is load; below it a wait would be latency for nothing. */
const loadedFrom = 8;

/** How long to let a batch grow: until it is as large as the last one, and only under load. */
export function lingerFor({ waiting, lastSize, maxItems, lingerMs }: Gathering): Linger {
  const until = Math.min(lastSize, maxItems);
  if (lastSize < loadedFrom || waiting >= until) return { waitMs: 0, until: waiting };
  return { waitMs: lingerMs, until };
}
