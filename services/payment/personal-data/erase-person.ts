/** What Stripe told of a person goes, and what was said of their refunds; amounts, times and ids stay, for the books. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { userErased } from "@holdfast/contracts/events/auth";
import { sql } from "kysely";
import type { PaymentTables } from "../database.ts";

/** In these nothing more is asked of the guest, nor with what they gave. */
const settled = ["captured", "declined", "voided", "refunded"];

/** Erases these people; again, where it was done, changes nothing. */
export async function erasePeople(
  { tx }: UnitOfWork<PaymentTables>,
  received: readonly Received<EventData<typeof userErased>>[],
): Promise<void> {
  const userIds = received.map(({ data }) => data.userId);
  await sql`update payments set payment_method = null, used_method = null, stripe_customer_id = null, client_secret = null
    where (booking_id, charge) in (select booking_id, charge from payments
      where customer_id = any(${userIds}) and status = any(${settled})
        and num_nonnulls(payment_method, used_method, stripe_customer_id, client_secret) > 0
      order by booking_id, charge for update)`.execute(tx);
  await sql`update stripe_events set payload = '{}'
    where processed_at is not null and booking_id in (
      select booking_id from payments where customer_id = any(${userIds}))`.execute(tx);
  await sql`update refund_orders set reason = 'Erased'
    where ordered_by = any(${userIds}) or booking_id in (
      select booking_id from payments where customer_id = any(${userIds}))`.execute(tx);
  await sql`delete from idempotency_keys where caller = any(${userIds})`.execute(tx);
}
