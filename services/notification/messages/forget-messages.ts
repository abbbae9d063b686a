/** Forgets messages that were sent, or given up, long ago. */
import { idBefore } from "@holdfast/chassis/id-age";
import { type Kysely, sql } from "kysely";
import type { NotificationTables } from "../database.ts";

const keptMs = 90 * 86_400_000;
const deletedMax = 2_000;

/** Deletes a bounded number, by machine time and the order of ids, which is that of their making; says whether there may be more. */
export async function forgetMessages(db: Kysely<NotificationTables>): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from messages where message_id in (
      select message_id from messages where message_id < ${idBefore("msg", keptMs)} and status <> 'waiting'
      order by message_id limit ${deletedMax} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n) === deletedMax;
}
