/** Deadlines: a bounded sweep that brings every step whose time is up the message `deadline`. */
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { BookingTables } from "../database.ts";
import { driveSagas, type SagaDeps } from "./drive-sagas.ts";
import { bookingSaga, steps } from "./saga-table.ts";

const mostAtOnce = 200;

const businessSteps = steps.filter((step) => typeof bookingSaga[step].deadline === "string");
const machineSteps = steps.filter(
  (step) => bookingSaga[step].deadline !== null && !businessSteps.includes(step),
);

/**
 * Ends what waits for people (business time): holds, approvals, moves, stays. Parks steps that payment has not answered
 * (machine time).
 * Rows another replica has in hand are skipped, and one that fails holds up no other. Answers whether there may be more.
 * @throws what failed, once the others are done
 */
export async function expireSteps(
  deps: SagaDeps & { readonly transact: Transact<BookingTables> },
): Promise<boolean> {
  let due: readonly Id<"bkg">[] = [];
  try {
    return await deps.transact(async (unit) => {
      due = await lockDue(deps, unit);
      await driveSagas(deps, unit, due.map(passed));
      return due.length === mostAtOnce;
    });
  } catch (error) {
    if (due.length <= 1) throw error;
    const one = (id: Id<"bkg">) =>
      deps.transact(async (unit) => void (await driveSagas(deps, unit, [passed(id)])));
    const failures: unknown[] = [];
    for (const id of due) await one(id).catch((failure: unknown) => failures.push(failure));
    if (failures.length > 0) throw failures[0];
    return due.length === mostAtOnce;
  }
}

const passed = (bookingId: Id<"bkg">) => ({ bookingId, message: { kind: "deadline", by: "clock" } }) as const;

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
