/** Reads disputes under a lock, and writes back what was decided about them. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Money } from "@holdfast/contracts/values";
import type { Selectable } from "kysely";
import type { DisputeTable, PaymentTables } from "../database.ts";
import type { Dispute } from "./dispute.ts";

type Unit = UnitOfWork<PaymentTables>;

function moneyOf(amountMinor: number, currency: string | null): Money | null {
  return currency === null ? null : { amountMinor, currency };
}

/** A row as the core sees it. */
export function toDispute(row: Selectable<DisputeTable>): Dispute {
  const { payment_id: paymentId, booking_id: bookingId, charge } = row;
  const isOurs = paymentId !== null && bookingId !== null && charge !== null;
  return {
    id: row.id,
    providerId: row.provider_id,
    of: isOurs ? { paymentId, bookingId, charge } : null,
    vendorId: row.vendor_id,
    state: row.state,
    providerStatus: row.provider_status,
    reason: row.reason,
    disputed: moneyOf(row.amount_minor, row.currency),
    isRefundable: row.refundable,
    answerDueBy: row.answer_due_by,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    withdrawnMinor: row.withdrawn_minor,
    fee: moneyOf(row.fee_minor, row.fee_currency),
    lostMinor: row.lost_minor,
    losses: row.losses,
    chargedBackMinor: row.charged_back_minor,
    version: row.version,
    traceparent: row.traceparent,
    looks: row.looks,
    call: row.call,
    calls: row.calls,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at,
    parkedReason: row.parked_reason,
    createdAt: row.created_at,
  };
}

function toRow(dispute: Dispute) {
  return {
    payment_id: dispute.of?.paymentId ?? null,
    booking_id: dispute.of?.bookingId ?? null,
    charge: dispute.of?.charge ?? null,
    vendor_id: dispute.vendorId,
    state: dispute.state,
    provider_status: dispute.providerStatus,
    reason: dispute.reason,
    amount_minor: dispute.disputed?.amountMinor ?? 0,
    currency: dispute.disputed?.currency ?? null,
    refundable: dispute.isRefundable,
    answer_due_by: dispute.answerDueBy,
    opened_at: dispute.openedAt,
    closed_at: dispute.closedAt,
    withdrawn_minor: dispute.withdrawnMinor,
    fee_minor: dispute.fee?.amountMinor ?? 0,
    fee_currency: dispute.fee?.currency ?? null,
    lost_minor: dispute.lostMinor,
    losses: dispute.losses,
    charged_back_minor: dispute.chargedBackMinor,
    version: dispute.version,
    traceparent: dispute.traceparent,
    looks: dispute.looks,
    call: dispute.call === null ? null : JSON.stringify(dispute.call),
    calls: dispute.calls,
    failures: dispute.failures,
    next_attempt_at: dispute.nextAttemptAt,
    parked_reason: dispute.parkedReason,
  };
}

/** Adds those that are not known yet. */
export async function insertDisputes({ tx }: Pick<Unit, "tx">, disputes: readonly Dispute[]): Promise<void> {
  if (disputes.length === 0) return;
  const rows = disputes.map((dispute) => ({
    id: dispute.id,
    provider_id: dispute.providerId,
    created_at: dispute.createdAt,
    ...toRow(dispute),
  }));
  await tx
    .insertInto("disputes")
    .values(rows)
    .onConflict((on) => on.column("provider_id").doNothing())
    .execute();
}

/** These disputes by the provider's ids, nobody else's to change until the commit; in one order, so that nobody deadlocks. */
export async function lockDisputes(
  { tx }: Pick<Unit, "tx">,
  providerIds: readonly string[],
): Promise<Dispute[]> {
  if (providerIds.length === 0) return [];
  const rows = await tx
    .selectFrom("disputes")
    .selectAll()
    .where("provider_id", "=", (eb) => eb.fn.any(eb.val([...new Set(providerIds)])))
    .orderBy("provider_id")
    .forUpdate()
    .execute();
  return rows.map(toDispute);
}

export async function writeDispute(
  { tx }: Pick<Unit, "tx">,
  { before, after }: { readonly before: Dispute; readonly after: Dispute },
  nowAt: string,
): Promise<void> {
  if (before === after) return;
  await tx
    .updateTable("disputes")
    .set({ ...toRow(after), updated_at: nowAt })
    .where("id", "=", after.id)
    .execute();
}
