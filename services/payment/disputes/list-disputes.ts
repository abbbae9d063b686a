import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { DisputeView, listDisputes as endpoint } from "@holdfast/contracts/api/disputes";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { PaymentTables } from "../database.ts";
import type { Dispute } from "./dispute.ts";
import { toDispute } from "./dispute-rows.ts";

type Asked = z.output<NonNullable<typeof endpoint.query>>;

/** None of a dispute that was not read yet, or is about nothing of ours. */
function disputeView(dispute: Dispute): DisputeView[] {
  const { of, state, providerStatus, disputed, reason, openedAt } = dispute;
  if (of === null || state === "unread" || disputed === null || openedAt === null) return [];
  return [
    {
      disputeId: dispute.id,
      ...of,
      vendorId: dispute.vendorId,
      status: state,
      providerStatus: providerStatus ?? state,
      providerId: dispute.providerId,
      disputed,
      fee: dispute.fee,
      reason: reason ?? "general",
      answerDueBy: dispute.answerDueBy,
      openedAt,
      closedAt: dispute.closedAt,
    },
  ];
}

/**
 * Disputes about our charges, newest first.
 * @throws requestInvalid for a cursor that is none of this list's
 */
export async function listDisputes(
  { db }: { readonly db: Kysely<PaymentTables> },
  { vendorId, status, after, limit }: Asked,
): Promise<{ items: DisputeView[]; next: string | null }> {
  let query = db
    .selectFrom("disputes")
    .selectAll()
    .where("booking_id", "is not", null)
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (vendorId !== undefined) query = query.where("vendor_id", "=", vendorId);
  if (status !== undefined) query = query.where("state", "=", status);
  if (after !== undefined) query = query.where("id", "<", readCursor("dsp", after));
  const rows = await query.execute();
  const shown = rows.slice(0, limit).map(toDispute);
  const last = shown.at(-1);
  return {
    items: shown.flatMap(disputeView),
    next: rows.length > limit && last !== undefined ? cursorOf(last.id) : null,
  };
}
