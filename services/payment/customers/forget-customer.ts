/** Customers that somebody deleted at the provider: found out by whoever is refused for it, and made anew when next needed. */
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { lost } from "./customer.ts";
import { lockCustomers, writeCustomer } from "./customer-rows.ts";

/** A guest, and the customer who is no longer there. */
export interface LostCustomer {
  readonly userId: Id<"usr">;
  readonly customerId: string;
}

export async function forgetCustomers(
  { transact, decider }: { readonly transact: Transact<PaymentTables>; readonly decider: Decider },
  gone: readonly LostCustomer[],
): Promise<void> {
  if (gone.length === 0) return;
  await transact(async (unit) => {
    const userIds = gone.map(({ userId }) => userId);
    for (const before of await lockCustomers(unit, userIds)) {
      const after = gone
        .filter(({ userId }) => userId === before.userId)
        .reduce((customer, { customerId }) => lost(customer, customerId), before);
      await writeCustomer(unit, before, after, decider.machineNow());
    }
  });
}
