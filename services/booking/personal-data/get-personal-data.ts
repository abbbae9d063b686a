/** What booking keeps about a person. */
import { readableRows, rowsOfPersonMax } from "@holdfast/chassis/readable-rows";
import type { PersonalData } from "@holdfast/contracts/api/personal-data";
import type { BookingStatus } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { BookingTables } from "../database.ts";

/** A booking in one of these has a part still to come. */
const toCome: readonly BookingStatus[] = ["held", "awaiting-approval", "confirmed", "checked-in"];

/** All rows that name the person, and how many bookings of theirs are still to come. */
export async function getPersonalData(db: Kysely<BookingTables>, userId: Id<"usr">) {
  const ofGuest = (table: "bookings" | "quotes" | "waitlist" | "promotion_uses") =>
    db.selectFrom(table).selectAll().where("customer_id", "=", userId).limit(rowsOfPersonMax).execute();
  const bookings = await ofGuest("bookings");
  const timeline = await db
    .selectFrom("timeline")
    .innerJoin("bookings", "bookings.booking_id", "timeline.booking_id")
    .select(["timeline.booking_id", "timeline.version", "at", "what", "by", "detail"])
    .where("bookings.customer_id", "=", userId)
    .limit(10 * rowsOfPersonMax)
    .execute();
  const ofMember = await Promise.all(
    (["blocks", "calendar_links", "feeds"] as const).map((table) =>
      db.selectFrom(table).selectAll().where("created_by", "=", userId).limit(rowsOfPersonMax).execute(),
    ),
  );
  const members = await db
    .selectFrom("vendor_members")
    .selectAll()
    .where("user_id", "=", userId)
    .where("role", "is not", null)
    .limit(rowsOfPersonMax)
    .execute();
  const [blocks, calendarLinks, feeds] = ofMember.map(readableRows);
  const series = await sql<object>`select distinct series_id from bookings
    where customer_id = ${userId} and series_id is not null limit ${rowsOfPersonMax}`.execute(db);
  const data: PersonalData = {
    bookings: readableRows(bookings),
    timeline: readableRows(timeline),
    series: readableRows(series.rows),
    quotes: readableRows(await ofGuest("quotes")),
    waitlist: readableRows(await ofGuest("waitlist")),
    promotionUses: readableRows(await ofGuest("promotion_uses")),
    memberships: readableRows(members),
    blocks: blocks ?? [],
    calendarLinks: calendarLinks ?? [],
    feeds: feeds ?? [],
  };
  return { data, bookingsToCome: await countToCome(db, userId), vendorsOwned: 0 };
}

async function countToCome(db: Kysely<BookingTables>, userId: Id<"usr">): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from (
    select from bookings where customer_id = ${userId} and status = any(${toCome}) limit ${rowsOfPersonMax}) b`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}
