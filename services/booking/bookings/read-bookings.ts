/** Reading a booking and its timeline. A stranger's booking is answered as if it were not there. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Caller } from "@holdfast/chassis/tokens";
import type { BookingView } from "@holdfast/contracts/api/booking";
import { listVendorBookings, type TimelineEntry } from "@holdfast/contracts/api/booking-life";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Transaction } from "kysely";
import type { BookingRow, BookingTables } from "../database.ts";
import { bookingNotFound } from "../problems.ts";
import { mayActFor } from "../vendors/may-act-for.ts";
import { bookingView } from "./booking-view.ts";

export interface ReadDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
}

/** The booking, locked until the transaction ends as `driveSagas` locks it. @throws bookingNotFound */
export async function lockBooking(tx: Transaction<BookingTables>, bookingId: Id<"bkg">): Promise<BookingRow> {
  const row = await selectBooking(tx, bookingId).forNoKeyUpdate().executeTakeFirst();
  if (!row) throw bookingNotFound();
  return row;
}

/** The caller's booking. @throws bookingNotFound */
export async function ownBooking(
  db: Kysely<BookingTables>,
  bookingId: Id<"bkg">,
  customerId: string,
): Promise<BookingRow> {
  const row = await selectBooking(db, bookingId).executeTakeFirst();
  if (!row || row.customer_id !== customerId) throw bookingNotFound();
  return row;
}

/** A booking that the caller made, or that is of their vendor. @throws bookingNotFound */
export async function visibleBooking(
  db: Kysely<BookingTables>,
  bookingId: Id<"bkg">,
  caller: Caller,
): Promise<BookingRow> {
  const row = await selectBooking(db, bookingId).executeTakeFirst();
  if (!row) throw bookingNotFound();
  // A vendor's booking is for who may list the vendor's bookings.
  const act = { vendorId: row.vendor_id, permission: listVendorBookings.access };
  if (row.customer_id !== caller.userId && !(await mayActFor(db, caller, act))) throw bookingNotFound();
  return row;
}

function selectBooking(db: Kysely<BookingTables>, bookingId: Id<"bkg">) {
  return db.selectFrom("bookings").selectAll().where("booking_id", "=", bookingId);
}

/** The booking as its guest and its vendor's people see it. @throws bookingNotFound */
export async function getBooking(deps: ReadDeps, bookingId: Id<"bkg">, caller: Caller): Promise<BookingView> {
  return bookingView(await visibleBooking(deps.db, bookingId, caller), deps.clock.now());
}

/** Everything that happened to the booking, oldest first. @throws bookingNotFound */
export async function getTimeline(
  deps: ReadDeps,
  bookingId: Id<"bkg">,
  caller: Caller,
): Promise<{ entries: TimelineEntry[] }> {
  await visibleBooking(deps.db, bookingId, caller);
  const entries = await deps.db
    .selectFrom("timeline")
    .select(["version", "at", "what", "by", "detail"])
    .where("booking_id", "=", bookingId)
    .orderBy("version")
    .limit(1000)
    .execute();
  return { entries: entries.map((entry) => ({ ...entry, detail: { ...entry.detail } })) };
}
