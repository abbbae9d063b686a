/**
 * How many bookings one guest may hold unpaid at a time: a hold costs nothing, and shuts everybody else out.
 *
 * The limit is exact, whatever comes at once. Each guest of a batch is locked (advisory, to the transaction's end) before
 * their holds are counted, so that batches in other connections and processes that hold for the same guest come one
 * after the other, and each sees what the one before wrote. These locks are taken before any other, and in the order of
 * the guests' ids: nobody who waits for one has what its holder could want. Guests who book once at a time never wait.
 * Both statements travel with the others of the batch. For 32 guests, with 300,000 bookings stored and 3,000 of them held,
 * Postgres counts in 0.12 ms by bookings_held_of_customer and locks in 0.02 ms: 4 µs of a hold, which takes some 600 in a
 * batch. `npm run bench -- --only hold-limit` measures a hold with and without.
 */
import { sql, type Transaction } from "kysely";
import type { BookingTables } from "../database.ts";
import { tooManyHolds } from "../problems.ts";

/** What guests hold unpaid; counted on as bookings are decided. */
export interface GuestHolds {
  /** Bookings at most; 0 for no limit. */
  readonly limit: number;
  readonly byGuest: Map<string, Held>;
}

interface Held {
  readonly count: number;
  /** When the first of them ends unless it is paid; null where there is none. */
  readonly firstEndsAt: string | null;
}

interface HeldRow {
  readonly customer_id: string;
  readonly held: number;
  readonly first_ends_at: string;
}

/** Locks these guests until the transaction ends, and counts what they then hold. */
export async function countHolds(
  tx: Transaction<BookingTables>,
  guests: readonly string[],
  limit: number,
): Promise<GuestHolds> {
  if (limit === 0) return { limit, byGuest: new Map() };
  const ids = guests.toSorted();
  const [, { rows }] = await Promise.all([
    sql`select pg_advisory_xact_lock(hashtextextended(id, 0)) from unnest(${ids}::text[]) id`.execute(tx),
    sql<HeldRow>`
      select customer_id, count(*)::integer as held, min(hold_expires_at) as first_ends_at
      from bookings where customer_id = any(${ids}) and status = 'held' group by customer_id`.execute(tx),
  ]);
  const held = rows.map(({ customer_id, held: count, first_ends_at: firstEndsAt }): [string, Held] => [
    customer_id,
    { count, firstEndsAt },
  ]);
  return { limit, byGuest: new Map(held) };
}

const none: Held = { count: 0, firstEndsAt: null };

/** May the guest hold so many more? @throws tooManyHolds, saying when the first of theirs ends */
export function requireAllowance(
  { limit, byGuest }: GuestHolds,
  guest: string,
  more: number,
  now: Temporal.Instant,
): void {
  const { count, firstEndsAt } = byGuest.get(guest) ?? none;
  if (limit === 0 || count + more <= limit) return;
  const waitSeconds =
    firstEndsAt === null ? 1 : Math.ceil(now.until(Temporal.Instant.from(firstEndsAt)).total("seconds"));
  throw tooManyHolds(`You hold ${count}, ask for ${more} more, and may hold ${limit}.`, {
    extra: { held: count, limit },
    headers: { "retry-after": String(Math.max(1, waitSeconds)) },
  });
}

/** Counts what was just decided, for the requests that follow in the batch. */
export function noteHeld({ byGuest }: GuestHolds, guest: string, more: number): void {
  const { count, firstEndsAt } = byGuest.get(guest) ?? none;
  byGuest.set(guest, { count: count + more, firstEndsAt });
}
