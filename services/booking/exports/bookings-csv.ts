/** Bookings as a table for spreadsheets and accounting (RFC 4180, UTF-8). */
import { decimalOf } from "@holdfast/contracts/values";
import { stringify } from "csv-stringify/sync";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { exportedBookings, type ExportAsked, type ExportedBooking } from "./exported-bookings.ts";

/** The columns, in order, with what each says of a booking. */
const columns: Readonly<Record<string, (booking: ExportedBooking) => string | number>> = {
  bookingId: (booking) => booking.booking_id,
  status: (booking) => booking.status,
  resourceId: (booking) => booking.resource_id,
  resourceTitle: (booking) => booking.resource_title,
  vendorId: (booking) => booking.vendor_id,
  vendorName: (booking) => booking.vendor_name,
  startsAt: (booking) => booking.starts_at,
  endsAt: (booking) => booking.ends_at,
  localStart: (booking) => localTime(booking.starts_at, booking.zone),
  localEnd: (booking) => localTime(booking.ends_at, booking.zone),
  zone: (booking) => booking.zone,
  quantity: (booking) => booking.quantity,
  people: (booking) => booking.people,
  takenAlong: (booking) => booking.also.map((part) => part.resourceTitle).join("; "),
  totalMinor: (booking) => booking.total_minor,
  total: (booking) => decimalOf(booking.total_minor, booking.currency),
  currency: (booking) => booking.currency,
  seriesId: (booking) => booking.series_id ?? "",
  createdAt: (booking) => booking.created_at,
};

/** The whole file. @throws exportTooLarge */
export async function bookingsCsv(db: Kysely<BookingTables>, asked: ExportAsked): Promise<string> {
  const parts = [stringify([Object.keys(columns)], format)];
  for await (const page of exportedBookings(db, asked)) parts.push(csvRows(page));
  return parts.join("");
}

/** Titles and names are other people's words: what a spreadsheet would run is kept from it by an apostrophe. */
const format = { record_delimiter: "windows", escape_formulas: true } as const;

/** The rows of some bookings, without the header. */
function csvRows(bookings: readonly ExportedBooking[]): string {
  const tellers = Object.values(columns);
  return stringify(
    bookings.map((booking) => tellers.map((tell) => tell(booking))),
    format,
  );
}

/** The wall-clock time in a zone, as spreadsheets read it: `2026-12-01 15:00`. */
function localTime(instant: string, zone: string): string {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime();
  return local.toString({ smallestUnit: "minute" }).replace("T", " ");
}
