/** The bookings an export holds: whose, narrowed as the lists are, newest first, and no more than a file can hold. */
import { cursorOf } from "@holdfast/chassis/cursor";
import type { bookingFilters } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { z } from "zod";
import { selectBookings } from "../bookings/list-bookings.ts";
import type { BookingRow, BookingTables } from "../database.ts";
import { exportTooLarge } from "../problems.ts";

/** Whose bookings, and which of them. */
export interface ExportAsked {
  readonly of: { readonly customerId: Id<"usr"> } | { readonly vendorId: Id<"vnd"> };
  readonly filters: z.output<z.ZodObject<typeof bookingFilters>>;
}

/** What the files are made of. */
export type ExportedBooking = Pick<BookingRow, (typeof exportedColumns)[number]>;

const exportedColumns = [
  "booking_id",
  "resource_id",
  "resource_title",
  "vendor_id",
  "vendor_name",
  "status",
  "starts_at",
  "ends_at",
  "zone",
  "quantity",
  "people",
  "also",
  "series_id",
  "total_minor",
  "currency",
  "version",
  "created_at",
] as const satisfies readonly (keyof BookingRow)[];

export const exportedMax = 10_000;
/** Between two pages others get their turn: making one takes a few milliseconds. */
const pageRows = 100;

/** The bookings, page by page. @throws exportTooLarge before the first page, where there are too many */
export async function* exportedBookings(
  db: Kysely<BookingTables>,
  { of, filters }: ExportAsked,
): AsyncGenerator<ExportedBooking[]> {
  const asked = { ...filters, ...of };
  const beyond = selectBookings(db, { ...asked, limit: 1 })
    .clearSelect()
    .select("booking_id");
  if ((await beyond.offset(exportedMax).execute()).length > 0)
    throw exportTooLarge(`More than ${exportedMax} bookings match; narrow them by from and to.`);
  for (let after: string | undefined; ;) {
    const page = selectBookings(db, { ...asked, limit: pageRows, after });
    const rows = await page.clearSelect().select(exportedColumns).execute();
    const bookings = rows.slice(0, pageRows);
    yield bookings;
    if (rows.length === bookings.length) return;
    after = cursorOf(bookings.at(-1)!.booking_id);
  }
}
