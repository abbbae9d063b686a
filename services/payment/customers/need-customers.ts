/** Guests who want what they pay by to be kept: each has one customer with the provider, made when it is first needed. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { type Customer, needed, newCustomer, type Standing, standingOf } from "./customer.ts";
import { insertCustomers, lockCustomers, writeCustomer } from "./customer-rows.ts";

/** What makes customers' calls. */
export interface CustomerStarter {
  begin(customers: readonly Customer[]): void;
}

/**
 * What each of these people's charges can expect. The customers stay locked, so that a charge that is written in the same
 * transaction to wait for one is found by whoever records that it is made.
 */
export async function needCustomers(
  { decider, customers }: { readonly decider: Decider; readonly customers: CustomerStarter },
  unit: UnitOfWork<PaymentTables>,
  userIds: readonly Id<"usr">[],
): Promise<Map<Id<"usr">, Standing>> {
  const circumstances = decider.circumstances();
  const fresh = [...new Set(userIds)].map((userId) => newCustomer(userId, circumstances));
  await insertCustomers(unit, fresh);
  const decided: Customer[] = [];
  for (const before of await lockCustomers(unit, userIds)) {
    const after = needed(before, circumstances);
    await writeCustomer(unit, before, after, decider.machineNow());
    decided.push(after);
  }
  unit.afterCommit(() => customers.begin(decided));
  return new Map(decided.map((customer) => [customer.userId, standingOf(customer)]));
}
