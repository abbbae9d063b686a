/** A guest calls a booking off: the slot is free at once, and the refund follows the rule it was booked under. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingView } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { BookingTables } from "../database.ts";
import { bookingNotFound, notCancellable, refundChanged } from "../problems.ts";
import { paidMinor } from "../pricing/deposit.ts";
import { driveSagas, type SagaDeps } from "../saga/drive-sagas.ts";
import { bookingView } from "./booking-view.ts";
import { ownBooking } from "./read-bookings.ts";
import { whyNot } from "./transitions.ts";

/** Which booking, for whom, and on which terms. */
export interface CancelAsked {
  readonly bookingId: Id<"bkg">;
  readonly customerId: string;
  /** What has to go back, in minor units; anything else is refused. */
  readonly expectedRefundMinor?: number | undefined;
  readonly traceparent: string;
}

/**
 * Cancels a booking that has not begun. Cancelling a cancelled one answers with it again.
 * @throws bookingNotFound, notCancellable, refundChanged saying what would go back instead
 */
export async function cancelBooking(
  deps: SagaDeps,
  unit: UnitOfWork<BookingTables>,
  asked: CancelAsked,
): Promise<BookingView> {
  const { bookingId, customerId, expectedRefundMinor, traceparent } = asked;
  await ownBooking(unit.tx, bookingId, customerId);
  const message = { kind: "cancel", by: customerId } as const;
  const after = (await driveSagas(deps, unit, [{ bookingId, message, traceparent }])).get(bookingId);
  if (!after) throw bookingNotFound();
  const now = deps.clock.now();
  if (after.status !== "cancelled") throw notCancellable(whyNot(after, "cancel", "guest", now));
  const refundMinor = paidMinor(after) - after.keep_minor;
  if (expectedRefundMinor !== undefined && expectedRefundMinor !== refundMinor) {
    const refund = { amountMinor: refundMinor, currency: after.currency };
    throw refundChanged(undefined, { extra: { refund } });
  }
  return bookingView(after, now);
}
