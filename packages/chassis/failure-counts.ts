/** How often each thing has failed, in memory and for a bounded number of things. */
export class FailureCounts {
  readonly #counts = new Map<string, number>();
  readonly #heldMax: number;

  /** Beyond `heldMax` things the one that has not failed for the longest time is forgotten, and counts anew. */
  constructor(heldMax: number) {
    this.#heldMax = heldMax;
  }

  /** Counts one failure more, and says how many there were. */
  add(id: string): number {
    const failures = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.delete(id);
    this.#counts.set(id, failures);
    if (this.#counts.size > this.#heldMax) this.#counts.delete(this.#counts.keys().next().value!);
    return failures;
  }

  forget(id: string): void {
    this.#counts.delete(id);
  }
}
