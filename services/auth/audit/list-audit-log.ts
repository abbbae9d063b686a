/**
 * The audit log, newest first. A page reads one index backwards and stops: of the actor, action, outcome or kind asked
 * for, else the primary key; ids start with the time, so a span of time is a range of ids.
 */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import { idBefore } from "@holdfast/chassis/id-age";
import type { AuditEntry, listAuditLog as endpoint } from "@holdfast/contracts/api/audit";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { AuthTables } from "../database.ts";

type Asked = z.output<NonNullable<typeof endpoint.query>>;

/** An id is made a moment before or after the instant beside it is read. */
const idSlackMs = 1_000;

/** The least id of that moment. */
function idAt(instant: string, slackMs: number): string {
  return idBefore("aud", 0, Temporal.Instant.from(instant).epochMilliseconds + slackMs);
}

/** One row more than asked for, which says whether there is a next page. */
export function selectAuditLog(db: Kysely<AuthTables>, asked: Asked) {
  let query = db
    .selectFrom("audit_log")
    .select([
      "id as entryId",
      "at",
      "kind",
      "service",
      "action",
      "outcome",
      "actor",
      "session_id as sessionId",
      "key_id as keyId",
      "targets",
      "network",
      "request_id as requestId",
      "times",
    ])
    .orderBy("id", "desc")
    .limit(asked.limit + 1);
  for (const name of ["kind", "actor", "action", "outcome"] as const) {
    const value = asked[name];
    if (value !== undefined) query = query.where(name, "=", value);
  }
  if (asked.from !== undefined) {
    query = query.where("id", ">=", idAt(asked.from, -idSlackMs) as AuditEntry["entryId"]);
    query = query.where("at", ">=", asked.from);
  }
  if (asked.until !== undefined) {
    query = query.where("id", "<", idAt(asked.until, idSlackMs) as AuditEntry["entryId"]);
    query = query.where("at", "<", asked.until);
  }
  return asked.after === undefined ? query : query.where("id", "<", readCursor("aud", asked.after));
}

/**
 * A page of it.
 * @throws requestInvalid for a cursor that is none of this list's
 */
export async function listAuditLog(
  { db }: { readonly db: Kysely<AuthTables> },
  asked: Asked,
): Promise<{ items: AuditEntry[]; next: string | null }> {
  const rows = await selectAuditLog(db, asked).execute();
  const items = rows.slice(0, asked.limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && rows.length > items.length ? cursorOf(last.entryId) : null };
}
