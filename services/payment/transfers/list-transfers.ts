/** Lists what was sent to a vendor and taken back, newest first. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { TransferView } from "@holdfast/contracts/api/earnings";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { TransferTable } from "../payouts/payout-tables.ts";

function viewOf(row: Selectable<TransferTable>): TransferView {
  return {
    transferId: row.id,
    kind: row.kind,
    state: row.state,
    amount: { amountMinor: row.amount_minor, currency: row.currency },
    reversedMinor: row.reversed_minor,
    reverses: row.reverses,
    bookingId: row.booking_id,
    reason: row.reason ?? row.parked_reason,
    createdAt: row.created_at,
    sentAt: row.sent_at,
  };
}

/** @throws requestInvalid for a foreign cursor */
export async function listTransfers(
  db: Kysely<PaymentTables>,
  vendorId: Id<"vnd">,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ items: TransferView[]; next: string | null }> {
  let query = db
    .selectFrom("transfers")
    .selectAll()
    .where("vendor_id", "=", vendorId)
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (after !== undefined) query = query.where("id", "<", readCursor("trf", after));
  const rows = await query.execute();
  const items = rows.slice(0, limit).map(viewOf);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? cursorOf(last.transferId) : null };
}
