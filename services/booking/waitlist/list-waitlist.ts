/** What a guest waits for, with the place in line, and what became of what was offered. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { BookingStatus } from "@holdfast/contracts/api/booking";
import type { WaitlistEntry, WaitlistStatus } from "@holdfast/contracts/api/waitlist";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely, type RawBuilder, type Selectable } from "kysely";
import assert from "node:assert";
import type { BookingTables, WaitlistTable } from "../database.ts";

type Row = Selectable<WaitlistTable> & {
  readonly booking_status: BookingStatus | null;
  readonly position: number;
};

/** Entries with their bookings' status and their places, newest first. */
async function readRows(
  db: Kysely<BookingTables>,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select w.*, b.status as booking_status, (
      select count(*) from waitlist other where other.calendar_id = w.calendar_id and other.state = 'waiting'
        and other.entry_id <= w.entry_id and other.starts_at < w.ends_at and w.starts_at < other.ends_at) as position
    from waitlist w left join bookings b on b.booking_id = w.booking_id
    where ${where} order by w.entry_id desc limit ${limit}`.execute(db);
  return rows;
}

/** The entry as its guest sees it. */
export async function readEntry(db: Kysely<BookingTables>, entryId: Id<"wtl">): Promise<WaitlistEntry> {
  const [row] = await readRows(db, sql`w.entry_id = ${entryId}`, 1);
  assert(row, "an entry that was just written is there");
  return entryView(row);
}

/** A page of the guest's entries, newest first. */
export async function listWaitlist(
  db: Kysely<BookingTables>,
  asked: { readonly limit: number; readonly after?: string | undefined },
  customerId: string,
): Promise<{ items: WaitlistEntry[]; next: string | null }> {
  const from = asked.after === undefined ? sql`` : sql` and w.entry_id < ${readCursor("wtl", asked.after)}`;
  const rows = await readRows(db, sql`w.customer_id = ${customerId}${from}`, asked.limit + 1);
  const items = rows.slice(0, asked.limit);
  const last = items.at(-1);
  return {
    items: items.map(entryView),
    next: rows.length > asked.limit && last ? cursorOf(last.entry_id) : null,
  };
}

function entryView(row: Row): WaitlistEntry {
  const status = statusOf(row);
  return {
    entryId: row.entry_id,
    resourceId: row.resource_id,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    quantity: row.quantity,
    people: row.people,
    status,
    position: status === "waiting" ? Number(row.position) : null,
    bookingId: row.booking_id,
    createdAt: row.created_at,
  };
}

function statusOf({ state, booking_status: booking }: Row): WaitlistStatus {
  if (state !== "offered") return state;
  if (booking === "held") return "offered";
  return booking === "expired" || booking === "declined" || booking === "cancelled" ? "missed" : "taken";
}
