/** Deadlines: a bounded sweep that brings every step whose time is up the message `deadline`. */
import type { Transact } from "@holdfast/chassis/unit-of-work";
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
 * Rows another replica has in hand are skipped. Answers whether there may be more.
 */
export async function expireSteps(
  deps: SagaDeps & { readonly transact: Transact<BookingTables> },
): Promise<boolean> {
  return deps.transact(async (unit) => {
    const { rows } = await sql<{ booking_id: Id<"bkg"> }>`
      select booking_id from bookings
      where (saga_step = any(${businessSteps}) and step_deadline_at <= ${deps.clock.now().toString()})
        or (saga_step = any(${machineSteps}) and parked_at is null
          and step_deadline_at <= ${deps.clock.machineNow().toString()})
      order by booking_id limit ${mostAtOnce} for no key update skip locked`.execute(unit.tx);
    const message = { kind: "deadline", by: "clock" } as const;
    await driveSagas(
      deps,
      unit,
      rows.map((row) => ({ bookingId: row.booking_id, message })),
    );
    return rows.length === mostAtOnce;
  });
}
