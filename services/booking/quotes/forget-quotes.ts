/** Forgets quotes that can no longer be booked. */
import type { Clock } from "@holdfast/chassis/clock";
import { type Kysely, sql } from "kysely";
import type { BookingTables } from "../database.ts";

/** An expired quote is kept this long, so that who books by it is told that it has expired. */
const keptHours = 24;
const deletedMax = 2_000;

/** Deletes a bounded number; says whether there may be more. */
export async function forgetQuotes({
  db,
  clock,
}: {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
}): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from quotes where quote_id in (
      select quote_id from quotes where expires_at < ${clock.now().subtract({ hours: keptHours }).toString()}
      order by expires_at limit ${deletedMax} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n) === deletedMax;
}
