/** Writing new bookings, one statement a table: rows, what they take, their first line of history, their event. */
import { insertManyDeferred } from "@holdfast/chassis/batch-sql";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { bookingHeld } from "@holdfast/contracts/events/booking";
import { noteChange } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { paidMinor } from "../pricing/deposit.ts";
import { usePromotions } from "../promotions/use-promotions.ts";
import { bookingFacts } from "./booking-view.ts";
import type { NewBooking } from "./new-booking.ts";
import { paidBy } from "./paid-by.ts";

/**
 * Writes the bookings behind the locks of all their calendars (and promotions), announces each hold, and notes that the
 * calendars changed. Waits for one answer from the database at most; the other statements travel with the commit.
 */
export async function writeNewBookings(
  unit: UnitOfWork<BookingTables>,
  bookings: readonly NewBooking[],
  now: Temporal.Instant,
): Promise<void> {
  if (bookings.length === 0) return;
  const { tx } = unit;
  const rows = bookings.map(({ row }) => row);
  await insertManyDeferred(tx, "bookings", rows);
  await insertManyDeferred(tx, "allocations", bookings.flatMap(allocationsOf));
  await insertManyDeferred(
    tx,
    "timeline",
    rows.map((row) => ({
      booking_id: row.booking_id,
      version: 1,
      at: row.created_at,
      what: "held",
      by: row.customer_id,
      detail: { holdExpiresAt: row.hold_expires_at },
    })),
  );
  for (const booking of bookings) announceHold(unit, booking, now);
  await Promise.all([usePromotions(tx, rows), noteChange(tx, calendarsOf(bookings))]);
}

function allocationsOf({ row, takes }: NewBooking) {
  return takes.flatMap(({ calendarId, units, during }) =>
    units.map((unit) => ({ booking_id: row.booking_id, unit, calendar_id: calendarId, during })),
  );
}

/** The calendars that the bookings take something from, each once, in the order of their ids. */
function calendarsOf(bookings: readonly NewBooking[]): number[] {
  const ids = new Set(bookings.flatMap(({ takes }) => takes.map((one) => one.calendarId)));
  return [...ids].toSorted((a, b) => a - b);
}

function announceHold(
  unit: UnitOfWork<BookingTables>,
  { row, saveMethod, fromWaitlist }: NewBooking,
  now: Temporal.Instant,
): void {
  unit.announce(bookingHeld, {
    subject: row.booking_id,
    version: 1,
    data: {
      ...bookingFacts(row),
      holdExpiresAt: row.hold_expires_at,
      ...(row.balance === null
        ? undefined
        : { due: { amountMinor: paidMinor(row), currency: row.currency } }),
      ...paidBy(row.payment_method, row.policies),
      ...(saveMethod ? { saveMethod } : undefined),
      ...(fromWaitlist ? { fromWaitlist } : undefined),
    },
    traceparent: row.traceparent ?? undefined,
    time: now,
  });
}
