/** Dealing a calendar's units anew, in the database, where labels alone stand in a booking's way. */
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import type { BookingTables } from "../database.ts";
import { loadConnected, rangeLiteral, type CalendarStretch } from "./calendars.ts";
import { countFree, dealAnew, type OwnedAllocation } from "./free-units.ts";

/**
 * Makes room for `quantity` units in one piece throughout the stretch, wherever so many are free at every moment; answers
 * with what then lies there, or null where that cannot be done. Behind the calendar's lock.
 */
export async function dealUnitsAnew(
  tx: Transaction<BookingTables>,
  stretch: CalendarStretch,
  of: { readonly capacity: number; readonly quantity: number },
): Promise<OwnedAllocation[] | null> {
  const connected = await loadConnected(tx, stretch);
  if (!connected || countFree(connected, of.capacity, stretch) < of.quantity) return null;
  const { dealt } = dealAnew(connected, stretch, of.quantity);
  const bookingIds = [...new Set(dealt.map((one) => one.bookingId))];
  await sql`delete from allocations where booking_id = any(${bookingIds})`.execute(tx);
  const rows = dealt.map((one) => ({
    booking_id: one.bookingId as Id<"bkg">,
    unit: one.unit,
    calendar_id: stretch.calendarId,
    during: rangeLiteral(one),
  }));
  await insertMany(tx, "allocations", rows);
  return dealt;
}
