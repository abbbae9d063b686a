/**
 * Requests that wait for their booking to be decided (`Prefer: wait=N`).
 * The process that decides tells its own waiters at once; what another replica decided is found by one bounded query.
 */
import { sql, type Kysely } from "kysely";
import type { BookingRow, BookingTables } from "../database.ts";

const askEveryMs = 200;
const maxWaiting = 20_000;

interface Waiting {
  readonly since: number;
  resolve(row: BookingRow | undefined): void;
}

/** Is the saga past the point that a waiting client is interested in? */
function isDecided(row: Pick<BookingRow, "status">): boolean {
  return row.status !== "held";
}

export class Waiters {
  readonly #db: Kysely<BookingTables>;
  readonly #waiting = new Map<string, Set<Waiting>>();
  #isReleased = false;

  constructor(db: Kysely<BookingTables>) {
    this.#db = db;
  }

  /** The decided booking, or undefined when the time is up first. */
  async wait(bookingId: string, ms: number, signal: AbortSignal): Promise<BookingRow | undefined> {
    if (this.#isReleased || this.#waiting.size >= maxWaiting || signal.aborted) return undefined;
    const { promise, resolve } = Promise.withResolvers<BookingRow | undefined>();
    const waiting: Waiting = { since: performance.now(), resolve };
    const together = this.#waiting.get(bookingId) ?? new Set();
    this.#waiting.set(bookingId, together.add(waiting));
    const giveUp = () => resolve(undefined);
    const timer = setTimeout(giveUp, ms);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      together.delete(waiting);
      if (together.size === 0) this.#waiting.delete(bookingId);
    }
  }

  /** Tells whoever waits for these bookings. */
  tell(rows: Iterable<BookingRow>): void {
    for (const row of rows) {
      if (!isDecided(row)) continue;
      for (const waiting of this.#waiting.get(row.booking_id) ?? []) waiting.resolve(row);
    }
  }

  /** Looks up those who have waited a while: another replica may have decided. */
  async lookUp(): Promise<void> {
    const longAgo = performance.now() - askEveryMs;
    const ids = [...this.#waiting]
      .filter(([, set]) => [...set].some((one) => one.since < longAgo))
      .map(([id]) => id);
    if (ids.length === 0) return;
    const rows = await this.#db
      .selectFrom("bookings")
      .selectAll()
      .where(sql<boolean>`booking_id = any(${ids})`)
      .where("status", "<>", "held")
      .execute();
    this.tell(rows);
  }

  /** How often `lookUp` should run, in ms. */
  static readonly everyMs = askEveryMs;

  /** Answers everybody as their bookings stand, those too who would wait from now on: the process is stopping. */
  release(): void {
    this.#isReleased = true;
    for (const together of this.#waiting.values()) for (const waiting of together) waiting.resolve(undefined);
  }
}
