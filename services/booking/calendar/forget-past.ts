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
    const calendars = await db
      .selectFrom("calendars")
      .select("calendar_id")
      .where("calendar_id", ">", after)
      .orderBy("calendar_id")
      .limit(calendarsMax)
      .execute();
    const ids = calendars.map((calendar) => calendar.calendar_id);
    const { numAffectedRows } = await sql`
      delete from allocations where (booking_id, unit) in (
        select a.booking_id, a.unit from unnest(${ids}::integer[]) as c (id)
          join allocations a on a.calendar_id = c.id
            and a.during << tstzrange(${clock.now().subtract({ hours: keptHours }).toString()}, null)
        limit ${deletedMax} for update of a skip locked)`.execute(db);
    if (Number(numAffectedRows ?? 0n) === deletedMax) return true;
    after = ids.length === calendarsMax ? ids.at(-1)! : 0;
    return after > 0;
  };
}
