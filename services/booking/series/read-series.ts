/** Reading a series: its bookings as they stand. A stranger's series is answered as if it were not there. */
import type { Clock } from "@holdfast/chassis/clock";
import { occurrencesMax, type SeriesView } from "@holdfast/contracts/api/booking-series";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import { bookingView } from "../bookings/booking-view.ts";
import type { BookingRow, BookingTables } from "../database.ts";
import { seriesNotFound } from "../problems.ts";

/** The bookings of the caller's series, in the order of their times. @throws seriesNotFound */
export async function ownSeries(
  db: Kysely<BookingTables>,
  seriesId: Id<"ser">,
  customerId: string,
): Promise<BookingRow[]> {
  const rows = await db
    .selectFrom("bookings")
    .selectAll()
    .where("series_id", "=", seriesId)
    .limit(occurrencesMax)
    .execute();
  if (rows.length === 0 || rows.some((row) => row.customer_id !== customerId)) throw seriesNotFound();
  return rows.toSorted((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at));
}

/** The caller's series as they see it. @throws seriesNotFound */
export async function getSeries(
  deps: { readonly db: Kysely<BookingTables>; readonly clock: Clock },
  seriesId: Id<"ser">,
  customerId: string,
): Promise<SeriesView> {
  return seriesOf(seriesId, await ownSeries(deps.db, seriesId, customerId), deps.clock.now());
}

/** A series made of its bookings. */
export function seriesOf(
  seriesId: Id<"ser">,
  rows: readonly BookingRow[],
  now: Temporal.Instant,
): SeriesView {
  const occurrences = rows.map((row) => ({
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    booking: bookingView(row, now),
    problem: null,
  }));
  return { seriesId, occurrences };
}
