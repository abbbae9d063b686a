/** A guest calls a booking off: the slot is free at once, and the refund follows the rule it was booked under. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingView } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { BookingTables } from "../database.ts";
import { notCancellable } from "../problems.ts";
import { driveSagas, type SagaDeps } from "../saga/drive-sagas.ts";
import { bookingView } from "./booking-view.ts";
import { ownBooking } from "./read-bookings.ts";

/**
 * Cancels a held or confirmed booking that has not begun. Cancelling a cancelled one answers with it again.
 * @throws bookingNotFound, notCancellable
 */
export async function cancelBooking(
  deps: SagaDeps,
  unit: UnitOfWork<BookingTables>,
  asked: { readonly bookingId: Id<"bkg">; readonly customerId: string; readonly traceparent: string },
): Promise<BookingView> {
  const { bookingId, customerId, traceparent } = asked;
  await ownBooking(unit.tx, bookingId, customerId);
  const message = { kind: "cancel", by: customerId } as const;
  const after = (await driveSagas(deps, unit, [{ bookingId, message, traceparent }])).get(bookingId);
  if (after?.status === "confirmed") throw notCancellable(`It began at ${after.starts_at}.`);
  if (after?.status !== "cancelled") throw notCancellable(`It is ${after?.status ?? "gone"}.`);
  return bookingView(after, deps.clock.now());
}
