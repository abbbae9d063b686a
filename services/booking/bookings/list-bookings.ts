/**
 * Lists of bookings, newest first: a guest's, a vendor's, everybody's. Each reads one index in its order (of the
 * customer, vendor, resource or series, then the booking's id) and stops at a page; what else narrows it is a filter.
 */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { Caller } from "@holdfast/chassis/tokens";
import type { BookingStatus, BookingView } from "@holdfast/contracts/api/booking";
import { listVendorBookings as endpoint } from "@holdfast/contracts/api/booking-life";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { vendorNotFound } from "../problems.ts";
import { mayActFor } from "../vendors/may-act-for.ts";
import { bookingView } from "./booking-view.ts";
import type { ReadDeps } from "./read-bookings.ts";

/** Which bookings; `from` and `to` are instants that their time overlaps, `to` exclusive. */
export interface BookingsAsked {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly status?: BookingStatus | undefined;
  readonly resourceId?: Id<"res"> | undefined;
  readonly seriesId?: Id<"ser"> | undefined;
  readonly vendorId?: Id<"vnd"> | undefined;
  readonly customerId?: Id<"usr"> | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A page of a list, with the cursor that continues it. */
export interface BookingsPage {
  readonly items: BookingView[];
  readonly next: string | null;
}

/** A page of everybody's bookings, for administrators. */
export async function listAllBookings(deps: ReadDeps, asked: BookingsAsked): Promise<BookingsPage> {
  const rows = await selectBookings(deps.db, asked).execute();
  const items = rows.slice(0, asked.limit);
  const last = items.at(-1);
  const now = deps.clock.now();
  return {
    items: items.map((row) => bookingView(row, now)),
    next: rows.length > asked.limit && last ? cursorOf(last.booking_id) : null,
  };
}

/** A page of the caller's bookings. */
export async function listBookings(
  deps: ReadDeps,
  asked: Omit<BookingsAsked, "customerId">,
  customerId: Id<"usr">,
): Promise<BookingsPage> {
  return listAllBookings(deps, { ...asked, customerId });
}

/** A page of a vendor's bookings, for its people. @throws vendorNotFound for anybody else */
export async function listVendorBookings(
  deps: ReadDeps,
  asked: Omit<BookingsAsked, "vendorId">,
  of: { readonly vendorId: Id<"vnd">; readonly caller: Caller },
): Promise<BookingsPage> {
  const act = { vendorId: of.vendorId, permission: endpoint.access };
  if (!(await mayActFor(deps.db, of.caller, act))) throw vendorNotFound();
  return listAllBookings(deps, { ...asked, vendorId: of.vendorId });
}

/** The rows of a page and one more, which says whether there are others. @throws requestInvalid for a foreign cursor */
export function selectBookings(db: Kysely<BookingTables>, asked: BookingsAsked) {
  let query = db
    .selectFrom("bookings")
    .selectAll()
    .orderBy("booking_id", "desc")
    .limit(asked.limit + 1);
  if (asked.customerId !== undefined) query = query.where("customer_id", "=", asked.customerId);
  if (asked.vendorId !== undefined) query = query.where("vendor_id", "=", asked.vendorId);
  if (asked.resourceId !== undefined) query = query.where("resource_id", "=", asked.resourceId);
  if (asked.seriesId !== undefined) query = query.where("series_id", "=", asked.seriesId);
  if (asked.status !== undefined) query = query.where("status", "=", asked.status);
  if (asked.from !== undefined) query = query.where("ends_at", ">", asked.from);
  if (asked.to !== undefined) query = query.where("starts_at", "<", asked.to);
  if (asked.after !== undefined) query = query.where("booking_id", "<", readCursor("bkg", asked.after));
  return query;
}
