/** Bookings as a file to take along: a guest's own, or a vendor's for its members. */
import type { Answer } from "@holdfast/chassis/endpoint";
import type { Caller } from "@holdfast/chassis/tokens";
import { exportVendorBookings as endpoint } from "@holdfast/contracts/api/exports";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { vendorNotFound } from "../problems.ts";
import { mayActFor } from "../vendors/may-act-for.ts";
import { bookingsCalendar } from "./bookings-calendar.ts";
import { bookingsCsv } from "./bookings-csv.ts";
import type { ExportAsked } from "./exported-bookings.ts";

/** The caller's own bookings. @throws exportTooLarge */
export async function exportBookings(
  db: Kysely<BookingTables>,
  kind: "ics" | "csv",
  filters: ExportAsked["filters"],
  caller: Caller,
): Promise<Answer<string>> {
  const asked = { of: { customerId: caller.userId as Id<"usr"> }, filters };
  return file(await (kind === "ics" ? bookingsCalendar(db, asked) : bookingsCsv(db, asked)), kind);
}

/** A vendor's bookings. @throws vendorNotFound for everybody but its members and administrators; exportTooLarge */
export async function exportVendorBookings(
  db: Kysely<BookingTables>,
  vendorId: Id<"vnd">,
  filters: ExportAsked["filters"],
  caller: Caller,
): Promise<Answer<string>> {
  const act = { vendorId, permission: endpoint.access };
  if (!(await mayActFor(db, caller, act))) throw vendorNotFound();
  return file(await bookingsCsv(db, { of: { vendorId }, filters }), "csv");
}

function file(body: string, kind: "ics" | "csv"): Answer<string> {
  const headers = {
    "content-disposition": `attachment; filename="bookings.${kind}"`,
    "cache-control": "no-store",
  };
  return { status: undefined, body, headers };
}
