/**
 * What Stripe told of a person goes, what it keeps of them itself, and what was said of their refunds; amounts, times and
 * ids stay, for the books.
 */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { userErased } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { type Customer, erased, neverCustomer } from "../customers/customer.ts";
import { insertCustomers, lockCustomers, writeCustomer } from "../customers/customer-rows.ts";
import type { CustomerStarter } from "../customers/need-customers.ts";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { emptyEventsOf } from "../stripe/erased-events.ts";

/** In these nothing more is asked of the guest, nor with what they gave. */
const settled = ["captured", "declined", "voided", "refunded"];

interface ErasingDeps {
  readonly decider: Decider;
  readonly customers: CustomerStarter;
}

/**
 * Their customers go at the provider, with all that is kept there to pay by, whatever may still be due: a balance cannot be
 * taken then, and is given up in its time. Who had none is noted, so that none is made by an event that comes late.
 */
async function eraseCustomers(
  { decider, customers }: ErasingDeps,
  unit: UnitOfWork<PaymentTables>,
  userIds: readonly Id<"usr">[],
): Promise<void> {
  const circumstances = decider.circumstances();
  await insertCustomers(
    unit,
    userIds.map((userId) => neverCustomer(userId, circumstances)),
  );
  const going: Customer[] = [];
  for (const before of await lockCustomers(unit, userIds)) {
    const after = erased(before, circumstances);
    await writeCustomer(unit, before, after, decider.machineNow());
    going.push(after);
  }
  unit.afterCommit(() => customers.begin(going));
}

/** Erases these people; again, where it was done, changes nothing. */
export async function erasePeople(
  deps: ErasingDeps,
  unit: UnitOfWork<PaymentTables>,
  received: readonly Received<EventData<typeof userErased>>[],
): Promise<void> {
  const { tx } = unit;
  const userIds = received.map(({ data }) => data.userId);
  await eraseCustomers(deps, unit, userIds);
  await sql`update payments set payment_method = null, used_method = null, stripe_customer_id = null, client_secret = null
    where (booking_id, charge) in (select booking_id, charge from payments
      where customer_id = any(${userIds}) and status = any(${settled})
        and num_nonnulls(payment_method, used_method, stripe_customer_id, client_secret) > 0
      order by booking_id, charge for update)`.execute(tx);
  await sql`update refund_orders set reason = 'Erased'
    where ordered_by = any(${userIds}) or booking_id in (
      select booking_id from payments where customer_id = any(${userIds}))`.execute(tx);
  await sql`delete from removed_methods where user_id = any(${userIds})`.execute(tx);
  await sql`delete from idempotency_keys where caller = any(${userIds})`.execute(tx);
  // Last, as it holds webhooks up until the commit.
  await emptyEventsOf(unit, userIds);
}
