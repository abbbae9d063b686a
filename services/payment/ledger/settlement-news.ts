/** Notes which bookings are to be settled, in the transaction that decides their money. */
import { deferred } from "@holdfast/chassis/pipelined-pool";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { ChargeBook } from "../payments/charge-book.ts";
import { settlementNews } from "./settlement.ts";

/** Behind the lock of the booking's charges, as everything that writes a settlement. */
const noteText = `
insert into settlements (booking_id, currency, over_since, due)
select booking_id, currency, over_since, due from json_populate_recordset(null::settlements, $1)
on conflict (booking_id) do update set due = settlements.due or excluded.due`;

/** Most batches end no booking's money, and ask nothing of the database here. */
export async function noteSettlements(
  { tx }: Pick<UnitOfWork<PaymentTables>, "tx">,
  book: ChargeBook,
  time: Temporal.Instant,
): Promise<void> {
  const rows = book.bookings().flatMap(({ before, after }) => {
    const news = settlementNews(before, after);
    const [first] = after;
    if (news === null || first === undefined) return [];
    const { bookingId: booking_id, currency } = first;
    return [{ booking_id, currency, over_since: time.toString(), due: news === "due" }];
  });
  if (rows.length > 0) await tx.executeQuery(deferred(noteText, [JSON.stringify(rows)]));
}
