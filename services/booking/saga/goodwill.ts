/** Money that payment gave back on top of what a booking's terms say: so much less is kept than the booking asks for. */
import { bookingGoodwillGiven } from "@holdfast/contracts/events/booking";
import type { BookingRow } from "../database.ts";
import { type SagaChanges, type SagaMessage, told } from "./changes.ts";

type Given = Pick<BookingRow, "goodwill_minor">;

/** What payment keeps where so much is asked to be kept. */
export function keptOf(keepMinor: number, { goodwill_minor: goodwillMinor }: Given): number {
  return Math.max(0, keepMinor - goodwillMinor);
}

/** What goes back where less is to be kept than was: of what was given back already, nothing again. */
export function goesBack(
  from: { readonly keepMinor: number },
  to: { readonly keepMinor: number },
  given: Given,
): number {
  return keptOf(from.keepMinor, given) - keptOf(to.keepMinor, given);
}

/**
 * The guest got money back that nothing of theirs asked for: the booking stands as it does. What is kept is worked out, for
 * what goes back of several charges is told charge by charge, and the first to tell names all that was given.
 */
export function hearGoodwill(booking: BookingRow, message: SagaMessage): SagaChanges {
  const { by, goodwillMinor = booking.goodwill_minor } = message;
  const amountMinor = goodwillMinor - booking.goodwill_minor;
  const keptMinor = keptOf(booking.keep_minor, { goodwill_minor: goodwillMinor });
  return {
    booking: { goodwill_minor: goodwillMinor },
    allocation: "leave",
    timeline: { what: "refund-given", by, detail: { amountMinor, keptMinor } },
    announce: told(bookingGoodwillGiven, { given: { amountMinor, currency: booking.currency }, keptMinor }),
  };
}
