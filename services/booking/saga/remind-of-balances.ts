/** Reminders: a bounded sweep that brings every booking whose balance is about to be taken the message for it. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { BookingTables } from "../database.ts";
import { mostAtOnce, sweepSagas, type SweepDeps } from "./sweep-sagas.ts";

/**
 * Has guests reminded, in business time. Answers whether there may be more.
 * @throws what failed, once the others are done
 */
export async function remindOfBalances(deps: SweepDeps): Promise<boolean> {
  return sweepSagas(deps, (unit) => lockDue(deps, unit), { kind: "balance-due-soon", by: "clock" });
}

/** What has fallen due meanwhile is being taken already: of that nobody is reminded. */
async function lockDue(
  { clock }: Pick<SweepDeps, "clock">,
  { tx }: UnitOfWork<BookingTables>,
): Promise<Id<"bkg">[]> {
  const now = clock.now().toString();
  const { rows } = await sql<{ booking_id: Id<"bkg"> }>`
      select booking_id from bookings
      where balance_reminds_at <= ${now} and status = 'confirmed' and (balance ->> 'dueAt')::timestamptz > ${now}
      order by booking_id limit ${mostAtOnce} for no key update skip locked`.execute(tx);
  return rows.map((row) => row.booking_id);
}
