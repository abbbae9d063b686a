/** What operators see of payouts that the provider refuses, and what they do about them. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { ParkedPayout } from "@holdfast/contracts/api/payouts";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { lockAccount, setNextPayout } from "../payouts/account-rows.ts";
import { payoutAccountNotFound } from "../problems.ts";
import { retrySoon } from "./parked-payouts.ts";

/** The longest parked first. @throws requestInvalid for a foreign cursor */
export async function listParkedPayouts(
  db: Kysely<PaymentTables>,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ items: ParkedPayout[]; next: string | null }> {
  let query = db
    .selectFrom("parked_payouts")
    .selectAll()
    .orderBy("transfer_id")
    .limit(limit + 1);
  if (after !== undefined) query = query.where("transfer_id", ">", readCursor("trf", after));
  const rows = await query.execute();
  const items = rows.slice(0, limit).map((row) => ({
    vendorId: row.vendor_id,
    currency: row.currency,
    transferId: row.transfer_id,
    reason: row.reason,
    refusals: row.refusals,
    since: row.since,
    retryAt: row.retry_at,
  }));
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? cursorOf(last.transferId) : null };
}

/** The vendor is paid out with the next run of the sweep. @throws payoutAccountNotFound */
export async function retryPayouts(
  unit: UnitOfWork<PaymentTables>,
  vendorId: Id<"vnd">,
  times: { readonly now: Temporal.Instant; readonly machineNow: string },
): Promise<void> {
  if ((await lockAccount(unit, vendorId)) === undefined) throw payoutAccountNotFound();
  await setNextPayout(unit, vendorId, times.now);
  await retrySoon(unit, vendorId, times.machineNow);
}
