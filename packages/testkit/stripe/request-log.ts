/** What became of one API request. */
export interface RequestLogEntry {
  readonly requestId: string;
  readonly operation: string;
  readonly path: string;
  readonly idempotencyKey: string | null;
  /** `dropped` took effect and `lost` did not; neither was answered. */
  readonly outcome: "answered" | "replayed" | "failed-on-purpose" | "dropped" | "lost";
  /** 0 where there is none. */
  readonly status: number;
  readonly atSeconds: number;
}

/** The most recent requests; older ones are overwritten. */
export class RequestLog {
  readonly #entries: RequestLogEntry[] = [];
  readonly #limit: number;
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: RequestLogEntry): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** Oldest first. */
  read(): RequestLogEntry[] {
    if (this.#entries.length < this.#limit) return this.#entries.slice();
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
  }

  clear(): void {
    this.#entries.length = 0;
    this.#next = 0;
  }
}
