/** When each vendor is paid out: as it says itself within the platform's bounds, or as the platform does. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import assert from "node:assert";
import type { Kysely, Selectable } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { PayoutScheduleTable } from "./payout-tables.ts";
import type { PayoutDays, PayoutSchedule } from "./schedule.ts";

/** The platform's own terms, in days. */
export interface PayoutTerms {
  /** For vendors that say nothing. */
  readonly holdDays: number;
  readonly holdDaysMin: number;
  readonly holdDaysMax: number;
}

function daysOf({ interval, weekday, day }: Selectable<PayoutScheduleTable>): PayoutDays {
  if (interval === "daily") return { interval };
  if (interval === "weekly") {
    assert(weekday !== null, "a weekly schedule has its weekday");
    return { interval, weekday };
  }
  assert(day !== null, "a monthly schedule has its day");
  return { interval, day };
}

/** The schedule that counts for the vendor now: bounds that the platform has changed since count as well. */
export async function effectiveSchedule(
  db: Kysely<PaymentTables>,
  vendorId: Id<"vnd">,
  { holdDays, holdDaysMin, holdDaysMax }: PayoutTerms,
): Promise<PayoutSchedule> {
  const row = await db
    .selectFrom("payout_schedules")
    .selectAll()
    .where("vendor_id", "=", vendorId)
    .executeTakeFirst();
  if (row === undefined) return { interval: "daily", holdDays };
  return { ...daysOf(row), holdDays: Math.min(holdDaysMax, Math.max(holdDaysMin, row.hold_days)) };
}

export async function writeSchedule(
  { tx }: Pick<UnitOfWork<PaymentTables>, "tx">,
  vendorId: Id<"vnd">,
  schedule: PayoutSchedule,
): Promise<void> {
  const row = {
    interval: schedule.interval,
    weekday: schedule.interval === "weekly" ? schedule.weekday : null,
    day: schedule.interval === "monthly" ? schedule.day : null,
    hold_days: schedule.holdDays,
  };
  await tx
    .insertInto("payout_schedules")
    .values({ vendor_id: vendorId, ...row })
    .onConflict((on) => on.column("vendor_id").doUpdateSet(row))
    .execute();
}
