/** Forgets what was taken long ago: the index of allocations stays as large as the future. */
import type { Clock } from "@holdfast/chassis/clock";
import { type Kysely, sql } from "kysely";
import type { BookingTables } from "../database.ts";

/** Nobody can take a time that is over; a late payment, the last that could, comes within days. */
const keptHours = 30 * 24;
const calendarsMax = 200;
const deletedMax = 2_000;

/**
 * Walks the calendars a bounded piece a call and deletes a bounded number of allocations of each piece; a call says
 * whether the walk goes on, and the one after its end starts anew. By calendar, as the exclusion constraint's index is.
 */
export function createPastForgetter({
  db,
  clock,
}: {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
}): () => Promise<boolean> {
  let after = 0;
  return async () => {
    const before = clock.now().subtract({ hours: keptHours }).toString();
    const calendars = await db
      .selectFrom("calendars")
      .select("calendar_id")
      .where("calendar_id", ">", after)
      .orderBy("calendar_id")
      .limit(calendarsMax)
      .execute();
    const ids = calendars.map((calendar) => calendar.calendar_id);
    if ((await forgetAllocations(db, ids, before)) === deletedMax) return true;
    if ((await forgetBlocks(db, before)) === deletedMax) return true;
    after = ids.length === calendarsMax ? ids.at(-1)! : 0;
    return after > 0;
  };
}

/** Where a row lies is its only name that bookings' and blocks' rows share; locked, it lies still. */
async function forgetAllocations(
  db: Kysely<BookingTables>,
  calendarIds: readonly number[],
  before: string,
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from allocations where ctid = any (array(
      select a.ctid from unnest(${calendarIds}::integer[]) as c (id)
        join allocations a on a.calendar_id = c.id and a.during << tstzrange(${before}, null)
      limit ${deletedMax} for update of a skip locked))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

async function forgetBlocks(db: Kysely<BookingTables>, before: string): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from blocks where block_id = any (array(
      select block_id from blocks where ends_at < ${before} limit ${deletedMax} for update skip locked))`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n);
}
