/**
 * The calendars' SQL: lock, load what overlaps, note a change.
 * A calendar's row is locked before its allocations change, in id order: racers that only met at the exclusion
 * constraint would deadlock. The constraint stays as the last word.
 */
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely, type Transaction } from "kysely";
import type { BookingTables } from "../database.ts";
import type { TakenTime } from "./check-time.ts";
import type { OwnedAllocation } from "./free-units.ts";

/** A calendar with the state its resource is in. */
export interface CalendarRow {
  readonly calendar_id: number;
  readonly resource_id: Id<"res">;
  readonly calendar_version: number;
  readonly version: number;
  /** Published, of a vendor that is not suspended, and with no feed that closes it for being out of date. */
  readonly bookable: boolean;
}

/** Whether a resource takes bookings, of `calendars c` and `resources r`. */
export const isBookable = sql<boolean>`(r.bookable and not r.vendor_suspended and (c.stale_at is null or c.stale_at > now()))`;

/** The columns of a `CalendarRow`, of the same. */
const calendarColumns = sql`c.calendar_id, c.resource_id, c.version as calendar_version, r.version, ${isBookable} as bookable`;

/**
 * Locks the calendars of these resources until the transaction ends, and reads what they then are: in a statement of its
 * own, for one that had to wait for the lock still sees the resources as they were before it waited.
 */
export async function lockCalendars(
  tx: Transaction<BookingTables>,
  resourceIds: readonly string[],
): Promise<CalendarRow[]> {
  const [, calendars] = await Promise.all([
    sql`select from calendars where resource_id = any(${resourceIds}) order by calendar_id for update`.execute(
      tx,
    ),
    readCalendars(tx, resourceIds),
  ]);
  return calendars;
}

/** The calendars of these resources as they are, not locked. */
export async function readCalendars(
  db: Kysely<BookingTables>,
  resourceIds: readonly string[],
): Promise<CalendarRow[]> {
  const { rows } = await sql<CalendarRow>`
    select ${calendarColumns}
    from calendars c join resources r using (resource_id)
    where c.resource_id = any(${resourceIds})`.execute(db);
  return rows;
}

/** The calendar of one resource, not locked; undefined where nothing was published under that id. */
export async function readCalendar(
  db: Kysely<BookingTables>,
  resourceId: string,
): Promise<CalendarRow | undefined> {
  const { rows } = await sql<CalendarRow>`
    select ${calendarColumns}
    from calendars c join resources r using (resource_id) where c.resource_id = ${resourceId}`.execute(db);
  return rows[0];
}

/** A stretch of one calendar. */
export interface CalendarStretch extends TakenTime {
  readonly calendarId: number;
}

/**
 * What overlaps any of the stretches, by calendar, each allocation once. One index scan of the exclusion constraint a
 * stretch; guests who race for one slot ask for the same stretch, which is looked up once.
 */
export async function loadAllocations(
  db: Kysely<BookingTables>,
  stretches: readonly CalendarStretch[],
): Promise<Map<number, OwnedAllocation[]>> {
  const asked = stretches.map((one) => ({ calendar_id: one.calendarId, during: rangeLiteral(one) }));
  const wanted = [...new Map(asked.map((one) => [`${one.calendar_id}${one.during}`, one])).values()];
  const { rows } = await sql<OwnedAllocation & { readonly calendar_id: number }>`
    select distinct a.calendar_id, a.unit, coalesce(a.booking_id, a.block_id) as "ownerId",
      (extract(epoch from lower(a.during)) * 1000)::bigint as "from",
      (extract(epoch from upper(a.during)) * 1000)::bigint as "to"
    from json_to_recordset(${JSON.stringify(wanted)}) as w (calendar_id integer, during tstzrange)
    join allocations a on a.calendar_id = w.calendar_id and a.during && w.during`.execute(db);
  return byCalendar(rows);
}

/** Rows by the calendar they are of. */
function byCalendar<Row extends { readonly calendar_id: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const lists = new Map<number, Row[]>();
  for (const row of rows) {
    const list = lists.get(row.calendar_id);
    if (list) list.push(row);
    else lists.set(row.calendar_id, [row]);
  }
  return lists;
}

/** Says that these calendars changed: what was listed under their old version is no longer offered. */
export async function noteChange(
  tx: Transaction<BookingTables>,
  calendarIds: readonly number[],
): Promise<void> {
  if (calendarIds.length === 0) return;
  // Ordered locks here too: two batches that release slots of the same calendars must not wait for each other.
  await sql`
    with locked as (select calendar_id from calendars where calendar_id = any(${calendarIds}) order by calendar_id for update)
    update calendars c set version = version + 1 from locked where c.calendar_id = locked.calendar_id`.execute(
    tx,
  );
}

/** A tstzrange literal, end exclusive. */
export function rangeLiteral(time: TakenTime): string {
  return `[${new Date(time.from).toISOString()},${new Date(time.to).toISOString()})`;
}

/** The stretch of a tstzrange as Postgres writes it: `["2026-12-01 15:00:00+00","2026-12-01 16:00:00+00")`. */
export function parseRange(literal: string): TakenTime {
  const [from, to] = literal.slice(1, -1).replaceAll('"', "").split(",");
  return { from: epochOf(from!), to: epochOf(to!) };
}

/** Postgres' text form shortens the offset to `+00`, which ISO parsers refuse; our own literals end in `Z`. */
function epochOf(text: string): number {
  return Date.parse(text.replace(" ", "T").replace(/\+00$/, "Z"));
}
