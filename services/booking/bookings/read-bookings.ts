/** Reading bookings: one, a guest's list, a timeline. A stranger's booking is answered as if it were not there. */
import type { Clock } from "@holdfast/chassis/clock";
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { BookingStatus, BookingView, TimelineEntry } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BookingRow, BookingTables } from "../database.ts";
import { bookingNotFound } from "../problems.ts";
import { bookingView } from "./booking-view.ts";

export interface ReadDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
}

/** The caller's booking. @throws bookingNotFound */
export async function ownBooking(
  db: Kysely<BookingTables>,
  bookingId: Id<"bkg">,
  customerId: string,
): Promise<BookingRow> {
  const row = await db
    .selectFrom("bookings")
    .selectAll()
    .where("booking_id", "=", bookingId)
    .executeTakeFirst();
  if (!row || row.customer_id !== customerId) throw bookingNotFound();
  return row;
}

/** The caller's booking as they see it. @throws bookingNotFound */
export async function getBooking(
  deps: ReadDeps,
  bookingId: Id<"bkg">,
  customerId: string,
): Promise<BookingView> {
  return bookingView(await ownBooking(deps.db, bookingId, customerId), deps.clock.now());
}

/** Which bookings to list: newest first, after a cursor. */
export interface BookingsAsked {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly status?: BookingStatus | undefined;
}

/** A page of the caller's bookings, newest first. */
export async function listBookings(
  deps: ReadDeps,
  asked: BookingsAsked,
  customerId: string,
): Promise<{ items: BookingView[]; next: string | null }> {
  let query = deps.db
    .selectFrom("bookings")
    .selectAll()
    .where("customer_id", "=", customerId as Id<"usr">)
    .orderBy("booking_id", "desc")
    .limit(asked.limit + 1);
  if (asked.after !== undefined) query = query.where("booking_id", "<", readCursor("bkg", asked.after));
  if (asked.status !== undefined) query = query.where("status", "=", asked.status);
  const rows = await query.execute();
  const items = rows.slice(0, asked.limit);
  const last = items.at(-1);
  const now = deps.clock.now();
  return {
    items: items.map((row) => bookingView(row, now)),
    next: rows.length > asked.limit && last ? cursorOf(last.booking_id) : null,
  };
}

/** Everything that happened to the caller's booking, oldest first. @throws bookingNotFound */
export async function getTimeline(
  deps: ReadDeps,
  bookingId: Id<"bkg">,
  customerId: string,
): Promise<{ entries: TimelineEntry[] }> {
  await ownBooking(deps.db, bookingId, customerId);
  const entries = await deps.db
    .selectFrom("timeline")
    .select(["version", "at", "what", "by", "detail"])
    .where("booking_id", "=", bookingId)
    .orderBy("version")
    .limit(1000)
    .execute();
  return { entries: entries.map((entry) => ({ ...entry, detail: { ...entry.detail } })) };
}
