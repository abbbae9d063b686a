import type { InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { BookingRow, BookingTables } from "../database.ts";
import { chargedPrices } from "./charged-prices.ts";

type Invoiced = Parameters<typeof chargedPrices>[0] &
  Pick<
    BookingRow,
    | "booking_id"
    | "customer_id"
    | "vendor_id"
    | "vendor_name"
    | "resource_title"
    | "zone"
    | "currency"
    | "also"
  >;

/** What invoices say of these bookings; who does not exist is not among them. */
export async function getInvoiceFacts(
  db: Kysely<BookingTables>,
  bookingIds: readonly Id<"bkg">[],
): Promise<{ bookings: InvoiceFacts[] }> {
  const rows = await db
    .selectFrom("bookings")
    .select([
      "booking_id",
      "customer_id",
      "vendor_id",
      "vendor_name",
      "resource_title",
      "zone",
      "currency",
      "also",
    ])
    .select(["charged_prices", "starts_at", "ends_at", "quantity", "total_minor", "lines"])
    .where(sql<boolean>`booking_id = any(${bookingIds})`)
    .execute();
  return { bookings: rows.map(invoiceFactsOf) };
}

/** Pure: what invoices say of a booking. */
export function invoiceFactsOf(row: Invoiced): InvoiceFacts {
  return {
    bookingId: row.booking_id,
    customerId: row.customer_id,
    vendorId: row.vendor_id,
    vendorName: row.vendor_name,
    resourceTitle: row.resource_title,
    also: row.also.map(({ resourceId, resourceTitle }) => ({ resourceId, resourceTitle })),
    zone: row.zone,
    currency: row.currency,
    prices: chargedPrices(row).map((price) => ({ ...price, lines: [...price.lines] })),
  };
}
