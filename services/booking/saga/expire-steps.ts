/** Deadlines: a bounded sweep that brings every step whose time is up the message `deadline`. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { BookingTables } from "../database.ts";
import type { SagaDeps } from "./drive-sagas.ts";
import { bookingSaga, steps } from "./saga-table.ts";
import { mostAtOnce, sweepSagas, type SweepDeps } from "./sweep-sagas.ts";

const businessSteps = steps.filter((step) => typeof bookingSaga[step].deadline === "string");
const machineSteps = steps.filter(
  (step) => bookingSaga[step].deadline !== null && !businessSteps.includes(step),
);

/**
 * Ends what waits for people (business time): holds, approvals, moves, stays. Parks steps that payment has not answered
 * (machine time). Answers whether there may be more.
 * @throws what failed, once the others are done
 */
export async function expireSteps(deps: SweepDeps): Promise<boolean> {
  return sweepSagas(deps, (unit) => lockDue(deps, unit), { kind: "deadline", by: "clock" });
}

async function lockDue(
  { clock }: Pick<SagaDeps, "clock">,
  { tx }: UnitOfWork<BookingTables>,
): Promise<Id<"bkg">[]> {
  const { rows } = await sql<{ booking_id: Id<"bkg"> }>`
      select booking_id from bookings
      where (saga_step = any(${businessSteps}) and step_deadline_at <= ${clock.now().toString()})
        or (saga_step = any(${machineSteps}) and parked_at is null
          and step_deadline_at <= ${clock.machineNow().toString()})
      order by booking_id limit ${mostAtOnce} for no key update skip locked`.execute(tx);
  return rows.map((row) => row.booking_id);
}
