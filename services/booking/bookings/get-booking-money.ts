import type { BookingMoney } from "@holdfast/contracts/api/booking-money";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { BookingTables } from "../database.ts";
import { bookingFacts } from "./booking-view.ts";

/** What is to be kept of these bookings; who does not exist is not among them. */
export async function getBookingMoney(
  db: Kysely<BookingTables>,
  bookingIds: readonly Id<"bkg">[],
): Promise<{ bookings: BookingMoney[] }> {
  const rows = await db
    .selectFrom("bookings")
    .selectAll()
    .where(sql<boolean>`booking_id = any(${bookingIds})`)
    .execute();
  const bookings = rows.map((row) => ({
    facts: bookingFacts(row),
    status: row.status,
    keepMinor: row.keep_minor,
    step: row.saga_step,
    version: row.version,
  }));
  return { bookings };
}
