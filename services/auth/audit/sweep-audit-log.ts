/** Lets entries go that are older than anybody asks for; the table's trigger refuses to let go of younger ones. */
import { idBefore } from "@holdfast/chassis/id-age";
import { type Kysely, sql } from "kysely";
import type { AuthTables } from "../database.ts";

/** As the trigger on the table says it. */
const keptDays = 400;
const dayMs = 86_400_000;
const chunk = 1_000;

/**
 * Deletes a thousand of them at most; true when there may be more. Ids start with the time at which an entry was made,
 * which is before it was written: the old ones stand at the beginning of the primary key.
 */
export async function sweepAuditLog(db: Kysely<AuthTables>): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from audit_log where id in (
      select id from audit_log
      where id < ${idBefore("aud", keptDays * dayMs)}
        and written_at < now() - make_interval(days => ${keptDays})
      order by id limit ${chunk} for update skip locked)`.execute(db);
  return (numAffectedRows ?? 0n) === BigInt(chunk);
}
