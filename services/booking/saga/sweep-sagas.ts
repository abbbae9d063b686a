/** A message that the clock brings to many sagas. */
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { BookingTables } from "../database.ts";
import type { SagaMessage } from "./changes.ts";
import { driveSagas, type SagaDeps } from "./drive-sagas.ts";

export type SweepDeps = SagaDeps & { readonly transact: Transact<BookingTables> };

/** Bookings found at a time, at most. */
export const mostAtOnce = 200;

/**
 * Brings the message to the bookings found, which `find` locks, skipping those another replica has in hand. One that fails
 * holds up no other. Answers whether there may be more.
 * @throws what failed, once the others are done
 */
export async function sweepSagas(
  deps: SweepDeps,
  find: (unit: UnitOfWork<BookingTables>) => Promise<Id<"bkg">[]>,
  message: SagaMessage,
): Promise<boolean> {
  const bring = (unit: UnitOfWork<BookingTables>, ids: readonly Id<"bkg">[]) =>
    driveSagas(
      deps,
      unit,
      ids.map((bookingId) => ({ bookingId, message })),
    );
  let due: readonly Id<"bkg">[] = [];
  try {
    return await deps.transact(async (unit) => {
      due = await find(unit);
      if (due.length > 0) await bring(unit, due);
      return due.length === mostAtOnce;
    });
  } catch (error) {
    if (due.length <= 1) throw error;
    const failures: unknown[] = [];
    for (const id of due) {
      await deps
        .transact(async (unit) => void (await bring(unit, [id])))
        .catch((failure: unknown) => failures.push(failure));
    }
    if (failures.length > 0) throw failures[0];
    return due.length === mostAtOnce;
  }
}
