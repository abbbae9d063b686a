/** Discrepancies as the database has them: suspected, open, closed. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { newId } from "@holdfast/contracts/ids";
import { type Selectable, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Calling } from "../written-calls/written-call.ts";
import type { Finding } from "./finding.ts";
import { kinds } from "./kinds.ts";
import type { DiscrepancyTable, GiveBackPurpose } from "./reconciliation-tables.ts";

type Unit = Pick<UnitOfWork<PaymentTables>, "tx">;

export type DiscrepancyRow = Selectable<DiscrepancyTable>;

/** Suspects what was found; what is suspected or open already is only seen once more. */
export async function suspect({ tx }: Unit, findings: readonly Finding[], nowAt: string): Promise<void> {
  if (findings.length === 0) return;
  // One intent may be met twice on a page of refunds.
  const once = new Map(findings.map((finding) => [`${finding.kind} ${finding.subject}`, finding]));
  const rows = [...once.values()].map(({ kind, subject, bookingId, ours, theirs }) => ({
    id: newId("dcy"),
    kind,
    subject,
    booking_id: bookingId,
    state: "suspected",
    action: "waiting",
    ours,
    theirs,
    first_seen_at: nowAt,
    last_seen_at: nowAt,
  }));
  await sql`
    insert into discrepancies (id, kind, subject, booking_id, state, action, ours, theirs, first_seen_at, last_seen_at)
    select id, kind, subject, booking_id, state, action, ours, theirs, first_seen_at, last_seen_at
    from json_populate_recordset(null::discrepancies, ${JSON.stringify(rows)}::json)
    on conflict (kind, subject) where state <> 'closed' do update set last_seen_at = excluded.last_seen_at`.execute(
    tx,
  );
}

/** When a suspicion of each patience becomes a discrepancy. */
export interface Patiences {
  readonly graceMs: number;
  readonly overdueMs: number;
}

const overdueKinds = Object.entries(kinds)
  .filter(([, { patience }]) => patience === "overdue")
  .map(([kind]) => kind);

/** What is open or was suspected long enough, and was not compared since `before`; the longest ago first. */
export async function rowsToCheck(
  { tx }: Unit,
  of: Patiences & { readonly before: string; readonly nowMs: number; readonly limit: number },
): Promise<DiscrepancyRow[]> {
  const { graceMs, overdueMs, before, nowMs, limit } = of;
  const at = (agoMs: number) => Temporal.Instant.fromEpochMilliseconds(nowMs - agoMs).toString();
  return tx
    .selectFrom("discrepancies")
    .selectAll()
    .where("state", "<>", "closed")
    .where((eb) => eb.or([eb("checked_at", "is", null), eb("checked_at", "<", before)]))
    .where(
      sql<boolean>`(state = 'open' or first_seen_at <=
        case when kind = any(${overdueKinds}::text[]) then ${at(overdueMs)}::timestamptz else ${at(graceMs)}::timestamptz end)`,
    )
    .orderBy("checked_at", (order) => order.asc().nullsFirst())
    .limit(limit)
    .execute();
}

/** Is anything to come within the grace: a suspicion that is not old enough, or what a repair since then comes to? */
export async function isMoreToCome(
  { tx }: Unit,
  { graceMs, overdueMs }: Patiences,
  since: string,
): Promise<boolean> {
  const later = overdueMs > graceMs ? overdueKinds : [];
  const { rows } = await sql<{ more: boolean }>`
    select exists (
      select from discrepancies
      where (state = 'suspected' and checked_at is null and kind <> all(${later}::text[]))
        or (state = 'open' and action = 'repairing' and checked_at >= ${since}::timestamptz)
    ) as more`.execute(tx);
  return rows[0]?.more === true;
}

/** The row, nobody else's to change; undefined where it is closed or gone. */
export async function lockRow({ tx }: Unit, id: DiscrepancyRow["id"]): Promise<DiscrepancyRow | undefined> {
  return tx
    .selectFrom("discrepancies")
    .selectAll()
    .where("id", "=", id)
    .where("state", "<>", "closed")
    .forUpdate()
    .executeTakeFirst();
}

/** It was no more than on its way. */
export async function dropSuspicion({ tx }: Unit, { id }: DiscrepancyRow): Promise<void> {
  await tx.deleteFrom("discrepancies").where("id", "=", id).execute();
}

export async function closeRow({ tx }: Unit, { id, repairs }: DiscrepancyRow, nowAt: string): Promise<void> {
  await tx
    .updateTable("discrepancies")
    .set({ state: "closed", action: repairs > 0 ? "repaired" : "gone", closed_at: nowAt, checked_at: nowAt })
    .set({ call: null, next_attempt_at: null })
    .where("id", "=", id)
    .execute();
}

/** It could not be told now whether it still is. */
export async function leaveRow({ tx }: Unit, { id }: DiscrepancyRow, nowAt: string): Promise<void> {
  await tx.updateTable("discrepancies").set({ checked_at: nowAt }).where("id", "=", id).execute();
}

export async function keepOpen(
  { tx }: Unit,
  { id }: DiscrepancyRow,
  of: Pick<Finding, "ours" | "theirs"> &
    Pick<DiscrepancyRow, "action" | "repairs"> & { readonly nowAt: string },
): Promise<void> {
  const { ours, theirs, action, repairs, nowAt } = of;
  await tx
    .updateTable("discrepancies")
    .set({ state: "open", action, repairs, ours: JSON.stringify(ours), theirs: JSON.stringify(theirs) })
    .set({ last_seen_at: nowAt, checked_at: nowAt })
    .where("id", "=", id)
    .execute();
}

/** How the call stands by which a stray intent is given back. */
export function callingOf(row: DiscrepancyRow): Calling<GiveBackPurpose> {
  const { call, calls, failures, next_attempt_at: nextAttemptAt, parked_reason: parkedReason } = row;
  return { call, calls, failures, nextAttemptAt, parkedReason };
}

export async function writeCalling(
  { tx }: Unit,
  id: DiscrepancyRow["id"],
  { call, calls, failures, nextAttemptAt, parkedReason }: Calling<GiveBackPurpose>,
): Promise<void> {
  await tx
    .updateTable("discrepancies")
    .set({ call: call === null ? null : JSON.stringify(call), calls, failures })
    .set({ next_attempt_at: nextAttemptAt, parked_reason: parkedReason })
    .where("id", "=", id)
    .execute();
}
