/** Adds to the audit log, which only grows: see the trigger on its table. */
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { AuditReport } from "@holdfast/contracts/api/audit";
import { newId } from "@holdfast/contracts/ids";
import type { Insertable, Transaction } from "kysely";
import type { AuditLogTable, AuthTables } from "../database.ts";

/** What auth itself tells. Ids and networks only: no address of mail, no name, no whole IP address. */
export interface AuditFact extends Partial<Omit<AuditReport, "service" | "action">> {
  /** What happened: an endpoint's name, or a verb of auth's own such as `reuse-refresh-token`. */
  readonly action: string;
}

/** A whole entry; it tells of an `account` and is `done`, now and once, where the fact does not say otherwise. */
export function entryOf(fact: AuditFact): AuditReport {
  return {
    entryId: newId("aud"),
    at: new Date().toISOString(),
    kind: "account",
    service: "auth",
    outcome: "done",
    actor: null,
    sessionId: null,
    keyId: null,
    targets: [],
    network: null,
    requestId: null,
    times: 1,
    ...fact,
  };
}

function toRow(entry: AuditReport): Insertable<AuditLogTable> {
  return {
    id: entry.entryId,
    at: entry.at,
    kind: entry.kind,
    service: entry.service,
    action: entry.action,
    outcome: entry.outcome,
    actor: entry.actor,
    session_id: entry.sessionId,
    key_id: entry.keyId,
    targets: entry.targets,
    network: entry.network,
    request_id: entry.requestId,
    times: entry.times,
  };
}

/** Writes what others reported; what was written before is left as it is. */
export async function writeReports(
  tx: Transaction<AuthTables>,
  entries: readonly AuditReport[],
): Promise<void> {
  await insertMany(tx, "audit_log", entries.map(toRow), { skipConflicts: true });
}

/** Writes one fact or several in one statement, in the transaction that makes them true. */
export async function writeAudit(
  tx: Transaction<AuthTables>,
  facts: AuditFact | readonly AuditFact[],
): Promise<void> {
  const all: readonly AuditFact[] = "action" in facts ? [facts] : facts;
  await insertMany(
    tx,
    "audit_log",
    all.map((fact) => toRow(entryOf(fact))),
  );
}
