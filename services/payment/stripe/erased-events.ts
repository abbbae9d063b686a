/** What Stripe's events tell of a person who is erased is not kept: neither what is stored by then, nor what comes later. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { PaymentTables } from "../database.ts";

/** Is the event of a booking whose guest is erased? For `stripe_events` as a statement names it. */
export function isOfErased(events: string): string {
  return `exists (select from payments join customers on customers.user_id = payments.customer_id
    where payments.booking_id = ${events}.booking_id and customers.erased)`;
}

/** Webhooks that are being stored take no longer than that. */
const storingMinutes = 5;

/**
 * Empties what is stored of these people, once they are marked as erased in the same transaction. What still waits to be
 * acted upon is emptied by whoever acts. Those who store at this very moment are waited for: they may not see the mark.
 */
export async function emptyEventsOf(
  { tx }: Pick<UnitOfWork<PaymentTables>, "tx">,
  userIds: readonly Id<"usr">[],
): Promise<void> {
  const theirs = sql`booking_id in (select booking_id from payments where customer_id = any(${userIds}))`;
  await sql`update stripe_events set payload = '{}' where processed_at is not null and ${theirs}`.execute(tx);
  await sql`lock table stripe_events in share row exclusive mode`.execute(tx);
  await sql`update stripe_events set payload = '{}'
    where processed_at > now() - make_interval(mins => ${storingMinutes}) and ${theirs}`.execute(tx);
}
