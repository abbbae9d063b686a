/** Has accounts looked at that the provider says have changed. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { toPayoutAccount, writeAccount } from "./account-rows.ts";
import { lookedSoon } from "./payout-account.ts";

/** Ids of the accounts that are ours; the sweep looks at them next. */
export async function lookAtAccounts(
  unit: UnitOfWork<PaymentTables>,
  decider: Decider,
  accountIds: readonly string[],
): Promise<Set<string>> {
  if (accountIds.length === 0) return new Set();
  const rows = await unit.tx
    .selectFrom("payout_accounts")
    .selectAll()
    .where("account_id", "=", (eb) => eb.fn.any(eb.val([...new Set(accountIds)])))
    .orderBy("vendor_id")
    .forUpdate()
    .execute();
  const circumstances = decider.circumstances();
  const times = { now: decider.now(), machineNow: decider.machineNow() };
  for (const before of rows.map(toPayoutAccount)) {
    await writeAccount(unit, before, lookedSoon(before, circumstances), times);
  }
  return new Set(rows.flatMap(({ account_id: accountId }) => accountId ?? []));
}
