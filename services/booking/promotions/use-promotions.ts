/** Counting the uses of promotion codes, in the transaction that writes the bookings, behind the promotions' locks. */
import { insertManyDeferred } from "@holdfast/chassis/batch-sql";
import { sql, type Transaction } from "kysely";
import type { BookingRow, BookingTables } from "../database.ts";

/** Notes a use for each of these new bookings that has a promotion; nothing is sent where none has. */
export async function usePromotions(
  tx: Transaction<BookingTables>,
  bookings: readonly Pick<BookingRow, "booking_id" | "promotion_id" | "customer_id">[],
): Promise<void> {
  const uses = bookings.flatMap(({ booking_id, promotion_id, customer_id }) =>
    promotion_id === null ? [] : [{ booking_id, promotion_id, customer_id }],
  );
  if (uses.length === 0) return;
  const promotionIds = uses.map((one) => one.promotion_id);
  await Promise.all([
    insertManyDeferred(tx, "promotion_uses", uses),
    sql`
      update promotions p set uses = uses + v.more
      from (select id, count(*)::integer as more from unnest(${promotionIds}::text[]) id group by id) v
      where p.promotion_id = v.id`.execute(tx),
  ]);
}
