/** Bookings whose money should have been settled by now. */
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";

/** A refund is taken on by Stripe within minutes, and a failed call is made again within a quarter of an hour. */
const overdueAfterHours = 2;
/** Counted at most; beyond this the number itself says enough. */
const countedMax = 10_000;

/** How many bookings have been over for long and were never settled: a charge is parked, or it is not known whose it is. */
export async function countOverdue(db: Kysely<PaymentTables>, now: Temporal.Instant): Promise<number> {
  const rows = await db
    .selectFrom("settlements")
    .select("booking_id")
    .where("settled_at", "is", null)
    .where("over_since", "<", now.subtract({ hours: overdueAfterHours }).toString())
    .limit(countedMax)
    .execute();
  return rows.length;
}
