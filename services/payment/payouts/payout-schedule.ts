/** Shows and sets when a vendor is paid out. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { PayoutScheduleView } from "@holdfast/contracts/api/payouts";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { holdDaysOutOfBounds } from "../problems.ts";
import { setNextPayout } from "./account-rows.ts";
import { nextPayoutAt, type PayoutSchedule } from "./schedule.ts";
import { effectiveSchedule, type PayoutTerms, writeSchedule } from "./schedule-rows.ts";

/** When the vendor is paid out next; null while it cannot be. */
export async function nextPayoutOf(db: Kysely<PaymentTables>, vendorId: Id<"vnd">): Promise<string | null> {
  const account = await db
    .selectFrom("payout_accounts")
    .select(["next_payout_at", "state"])
    .where("vendor_id", "=", vendorId)
    .executeTakeFirst();
  return account?.state === "enabled" ? account.next_payout_at : null;
}

export async function showPayoutSchedule(
  db: Kysely<PaymentTables>,
  terms: PayoutTerms,
  vendorId: Id<"vnd">,
): Promise<PayoutScheduleView> {
  const { holdDaysMin, holdDaysMax } = terms;
  return {
    schedule: await effectiveSchedule(db, vendorId, terms),
    holdDaysMin,
    holdDaysMax,
    nextPayoutAt: await nextPayoutOf(db, vendorId),
  };
}

/** From now on the vendor is paid out on these days. @throws holdDaysOutOfBounds */
export async function setPayoutSchedule(
  unit: UnitOfWork<PaymentTables>,
  terms: PayoutTerms,
  asked: { readonly vendorId: Id<"vnd">; readonly schedule: PayoutSchedule; readonly now: Temporal.Instant },
): Promise<PayoutScheduleView> {
  const { vendorId, schedule, now } = asked;
  const { holdDaysMin, holdDaysMax } = terms;
  if (schedule.holdDays < holdDaysMin || schedule.holdDays > holdDaysMax)
    throw holdDaysOutOfBounds(`It must be between ${holdDaysMin} and ${holdDaysMax} days.`);
  await writeSchedule(unit, vendorId, schedule);
  await setNextPayout(unit, vendorId, nextPayoutAt(schedule, now));
  return showPayoutSchedule(unit.tx, terms, vendorId);
}
