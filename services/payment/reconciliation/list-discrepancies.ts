import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import { answer, type Call } from "@holdfast/chassis/endpoint";
import type { DiscrepancyView, listDiscrepancies as endpoint } from "@holdfast/contracts/api/reconciliation";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { DiscrepancyRow } from "./discrepancy-rows.ts";
import { kinds } from "./kinds.ts";

/** What was done about it, or is to be done and by whom. */
function actionOf({ kind, action: state, parked_reason: reason, next_attempt_at: until }: DiscrepancyRow) {
  const { done, person } = kinds[kind];
  const parked = reason === null ? person : `${person} Stripe said: ${reason}.`;
  const isForPerson = state === "parked" || (state === "repairing" && reason !== null);
  if (state === "gone") return { state, says: "It ended by itself.", until: null };
  return { state: isForPerson ? "parked" : state, says: isForPerson ? parked : done, until } as const;
}

function view(row: DiscrepancyRow): DiscrepancyView[] {
  const { id: discrepancyId, kind, subject, booking_id: bookingId, state, ours, theirs, repairs } = row;
  if (state === "suspected") return [];
  const about = { discrepancyId, kind, state, subject, bookingId, ours, theirs };
  const times = { firstSeenAt: row.first_seen_at, lastSeenAt: row.last_seen_at, closedAt: row.closed_at };
  return [{ ...about, cause: kinds[kind].cause, action: actionOf(row), repairs, ...times }];
}

/**
 * Discrepancies, newest first.
 * @throws requestInvalid for a cursor that is none of this list's
 */
export async function listDiscrepancies(
  { db }: { readonly db: Kysely<PaymentTables> },
  { query: { state, kind, bookingId, after, limit } }: Call<typeof endpoint>,
) {
  let query = db
    .selectFrom("discrepancies")
    .selectAll()
    .orderBy("id", "desc")
    .limit(limit + 1);
  query = query.where("state", "in", state === undefined ? ["open", "closed"] : [state]);
  if (kind !== undefined) query = query.where("kind", "=", kind);
  if (bookingId !== undefined) query = query.where("booking_id", "=", bookingId);
  if (after !== undefined) query = query.where("id", "<", readCursor("dcy", after));
  const rows = await query.execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const isMore = last !== undefined && rows.length > limit;
  return answer({ items: shown.flatMap(view), next: isMore ? cursorOf(last.id) : null });
}
