/** Forgets Stripe's events once neither Stripe nor a person will ask about them any more. */
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";

/** Stripe itself keeps events for 30 days (https://docs.stripe.com/api/events). */
const keptDays = 30;
const deletedMax = 2_000;

/** Deletes a bounded number; says whether there may be more. */
export async function forgetEvents(db: Kysely<PaymentTables>): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from stripe_events where id in (
      select id from stripe_events where processed_at < now() - make_interval(days => ${keptDays}) limit ${deletedMax})`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n) === deletedMax;
}
