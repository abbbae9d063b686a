/** What a code was used for came to nothing: the use can be made again. */
import { sql, type Transaction } from "kysely";
import type { BookingTables } from "../database.ts";

/**
 * Gives back the uses of these bookings, each once however often it is said. Name only bookings that have a promotion:
 * nothing is sent where there is none. Behind the bookings' and the calendars' locks; it locks the promotions in the
 * order of their ids.
 */
export async function giveBackPromotions(
  tx: Transaction<BookingTables>,
  bookingIds: readonly string[],
): Promise<void> {
  if (bookingIds.length === 0) return;
  // Statements of their own: a changed row is looked at again under its lock, which a delete in the same one forbids.
  const { rows } = await sql<{ promotion_id: string }>`
    delete from promotion_uses where booking_id = any(${bookingIds}) returning promotion_id`.execute(tx);
  if (rows.length === 0) return;
  const promotionIds = rows.map((row) => row.promotion_id);
  await sql`select from promotions where promotion_id = any(${promotionIds}) order by promotion_id for update`.execute(
    tx,
  );
  await sql`
    update promotions p set uses = uses - v.fewer
    from (select id, count(*)::integer as fewer from unnest(${promotionIds}::text[]) id group by id) v
    where p.promotion_id = v.id`.execute(tx);
}
