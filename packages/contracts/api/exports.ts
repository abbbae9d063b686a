/** Bookings taken along as files: iCalendar for calendars, CSV for spreadsheets. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { bookingFilters } from "./booking.ts";

const csvDescription =
  "Newest first, with a header row (RFC 4180). Amounts are in minor units and as decimals; instants are RFC 3339 with the resource's wall-clock time beside them. Texts that a spreadsheet would take for a formula begin with an apostrophe. At most 10,000 bookings: narrow it by `from` and `to`.";
const csv = { contentType: "text/csv; charset=utf-8" } as const;
const filters = z.strictObject(bookingFilters);

export const exportBookingsAsCalendar = defineEndpoint({
  name: "exportBookingsAsCalendar",
  service: "booking",
  method: "get",
  path: "/v1/bookings.ics",
  summary: "The caller's bookings as a calendar",
  description:
    "One event for each resource of a booking, under the same UID as the file in its confirmation. At most 10,000 bookings: narrow it by `from` and `to`.",
  access: "booking:read:own",
  limit: "costly",
  query: filters,
  answers: { status: 200, description: "An iCalendar file", body: z.string() },
  contentType: "text/calendar; charset=utf-8",
  problems: ["booking/export-too-large"],
});

export const exportBookings = defineEndpoint({
  name: "exportBookings",
  service: "booking",
  method: "get",
  path: "/v1/bookings.csv",
  summary: "The caller's bookings as a table",
  description: csvDescription,
  access: "booking:read:own",
  limit: "costly",
  query: filters,
  answers: { status: 200, description: "A CSV file", body: z.string() },
  ...csv,
  problems: ["booking/export-too-large"],
});

export const exportVendorBookings = defineEndpoint({
  name: "exportVendorBookings",
  service: "booking",
  method: "get",
  path: "/v1/vendors/{vendorId}/bookings.csv",
  summary: "A vendor's bookings as a table, for its members",
  description: csvDescription,
  access: "booking:manage:own",
  limit: "costly",
  params: z.object({ vendorId: id("vnd") }),
  query: filters,
  answers: { status: 200, description: "A CSV file", body: z.string() },
  ...csv,
  problems: ["booking/vendor-not-found", "booking/export-too-large"],
});
