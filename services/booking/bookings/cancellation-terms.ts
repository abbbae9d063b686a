/** What cancelling a booking would give back now: the very amount that a cancellation then gives back. */
import type { CancellationTerms } from "@holdfast/contracts/api/booking-life";
import type { Id } from "@holdfast/contracts/ids";
import { notCancellable } from "../problems.ts";
import { paidMinor } from "../pricing/deposit.ts";
import { refundChangesAt } from "../pricing/refund.ts";
import { refundNow } from "../saga/end-booking.ts";
import { keptOf } from "../saga/goodwill.ts";
import { isPaidOnArrival } from "./paid-by.ts";
import { ownBooking, type ReadDeps } from "./read-bookings.ts";
import { whyNot } from "./transitions.ts";

/** The terms of the caller's booking. @throws bookingNotFound, notCancellable saying why */
export async function getCancellationTerms(
  deps: ReadDeps,
  bookingId: Id<"bkg">,
  customerId: string,
): Promise<CancellationTerms> {
  const booking = await ownBooking(deps.db, bookingId, customerId);
  const now = deps.clock.now();
  const refusal = whyNot(booking, "cancel", "guest", now);
  if (refusal !== undefined) throw notCancellable(refusal);
  const { currency, total_minor: totalMinor } = booking;
  const paid = paidMinor(booking);
  const refundMinor = refundNow(booking, now);
  // What is not confirmed yet costs nothing to cancel, nor what is paid on arrival, however long it stays so.
  const changesAtMs =
    booking.status === "confirmed" && !isPaidOnArrival(booking)
      ? refundChangesAt(booking.cancellation, {
          totalMinor,
          currency,
          paidMinor: paid,
          startsAtMs: Date.parse(booking.starts_at),
          nowMs: now.epochMilliseconds,
        })
      : null;
  return {
    bookingId,
    refund: { amountMinor: refundMinor, currency },
    keep: { amountMinor: keptOf(paid - refundMinor, booking), currency },
    standsUntil: changesAtMs === null ? null : Temporal.Instant.fromEpochMilliseconds(changesAtMs).toString(),
  };
}
