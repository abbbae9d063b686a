/** Reads transfers and vendors' open items, and writes back what was decided. */
import { updateMany } from "@holdfast/chassis/batch-sql";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { PaymentTables, VendorItemTable } from "../database.ts";
import type { TransferTable } from "../payouts/payout-tables.ts";
import type { OpenItem } from "./payable.ts";
import type { Reversed, Transfer } from "./transfer.ts";

type Unit = Pick<UnitOfWork<PaymentTables>, "tx">;

/** Items decided about at once at most: what a vendor owes comes first, so that never too much is sent. */
export const openItemsMax = 10_000;

function reversedOf(row: Selectable<TransferTable>): Reversed | null {
  const { reverses: transferId, reverses_at_provider: providerId, booking_id: bookingId } = row;
  if (transferId === null || providerId === null || bookingId === null) return null;
  return { transferId, providerId, bookingId };
}

/** A row as the core sees it. */
export function toTransfer(row: Selectable<TransferTable>): Transfer {
  return {
    id: row.id,
    vendorId: row.vendor_id,
    accountId: row.account_id,
    currency: row.currency,
    amountMinor: row.amount_minor,
    payableMinor: row.payable_minor,
    taxMinor: row.tax_minor,
    reverses: reversedOf(row),
    state: row.state,
    providerId: row.provider_id,
    reason: row.reason,
    reversedMinor: row.reversed_minor,
    reversingMinor: row.reversing_minor,
    version: row.version,
    call: row.call,
    calls: row.calls,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at,
    parkedReason: row.parked_reason,
    createdAt: row.created_at,
    sentAt: row.sent_at,
  };
}

/** What a decision can change of a row. */
function changeable(transfer: Transfer) {
  return {
    state: transfer.state,
    provider_id: transfer.providerId,
    reason: transfer.reason,
    reversed_minor: transfer.reversedMinor,
    reversing_minor: transfer.reversingMinor,
    version: transfer.version,
    call: transfer.call === null ? null : JSON.stringify(transfer.call),
    calls: transfer.calls,
    failures: transfer.failures,
    next_attempt_at: transfer.nextAttemptAt,
    parked_reason: transfer.parkedReason,
    sent_at: transfer.sentAt,
  };
}

export async function insertTransfer({ tx }: Unit, transfer: Transfer): Promise<void> {
  const { reverses } = transfer;
  await tx
    .insertInto("transfers")
    .values({
      ...changeable(transfer),
      id: transfer.id,
      kind: reverses === null ? "transfer" : "reversal",
      vendor_id: transfer.vendorId,
      account_id: transfer.accountId,
      currency: transfer.currency,
      amount_minor: transfer.amountMinor,
      payable_minor: transfer.payableMinor,
      tax_minor: transfer.taxMinor,
      reverses: reverses?.transferId ?? null,
      reverses_at_provider: reverses?.providerId ?? null,
      booking_id: reverses?.bookingId ?? null,
      created_at: transfer.createdAt,
    })
    .execute();
}

export async function writeTransfer({ tx }: Unit, transfer: Transfer, machineNow: string): Promise<void> {
  await tx
    .updateTable("transfers")
    .set({ ...changeable(transfer), updated_at: machineNow })
    .where("id", "=", transfer.id)
    .execute();
}

/** The transfer, nobody else's to change until the commit. */
export async function lockTransfer({ tx }: Unit, id: Id<"trf">): Promise<Transfer | undefined> {
  const row = await tx
    .selectFrom("transfers")
    .selectAll()
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  return row && toTransfer(row);
}

const openItemColumns = [
  "transaction_id",
  "booking_id",
  "payable_minor",
  "tax_minor",
  "amount_minor",
  "available_at",
  "frozen",
] as const;

export function toOpenItem(
  row: Pick<Selectable<VendorItemTable>, (typeof openItemColumns)[number]>,
): OpenItem {
  return {
    transactionId: row.transaction_id,
    bookingId: row.booking_id,
    payableMinor: row.payable_minor,
    taxMinor: row.tax_minor,
    amountMinor: row.amount_minor,
    availableAt: row.available_at,
    frozen: row.frozen,
  };
}

/** The vendor's items in that currency which no transfer has taken, and no more than can be decided about at once. */
export function selectOpenItems(
  db: Kysely<PaymentTables>,
  { vendorId, currency }: { readonly vendorId: Id<"vnd">; readonly currency: string },
) {
  return db
    .selectFrom("vendor_items")
    .select(openItemColumns)
    .where("vendor_id", "=", vendorId)
    .where("currency", "=", currency)
    .where("transfer_id", "is", null)
    .orderBy((eb) => eb("amount_minor", ">", 0))
    .orderBy("available_at")
    .orderBy("transaction_id")
    .limit(openItemsMax);
}

/** The transfer takes these items. */
export async function claimItems(
  { tx }: Unit,
  items: readonly OpenItem[],
  transferId: Id<"trf">,
): Promise<void> {
  await updateMany<PaymentTables, "vendor_items">(
    tx,
    "vendor_items",
    ["transaction_id"],
    items.map(({ transactionId }) => ({ transaction_id: transactionId, transfer_id: transferId })),
  );
}

/** Nothing was sent: what the transfer had taken is open again. */
export async function releaseClaimed({ tx }: Unit, transferId: Id<"trf">): Promise<void> {
  await tx
    .updateTable("vendor_items")
    .set({ transfer_id: null })
    .where("transfer_id", "=", transferId)
    .execute();
}
