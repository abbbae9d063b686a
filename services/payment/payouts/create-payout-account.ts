/** Has a vendor's account made with the provider: one a vendor, however often and by however many it is asked for. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import assert from "node:assert";
import type { PaymentTables } from "../database.ts";
import { payoutAccountExists } from "../problems.ts";
import { type AccountCallDeps, accountJobs } from "./account-calls.ts";
import { insertAccount, lockAccount, setNextPayout, writeAccount } from "./account-rows.ts";
import { askedAgain, newPayoutAccount, type PayoutAccount, wasRefused } from "./payout-account.ts";
import { nextPayoutAt } from "./schedule.ts";
import { effectiveSchedule, type PayoutTerms } from "./schedule-rows.ts";

/** The account as it then stands. @throws payoutAccountExists where the vendor has one in another country */
export async function createPayoutAccount(
  deps: AccountCallDeps & { readonly terms: PayoutTerms },
  unit: UnitOfWork<PaymentTables>,
  { vendorId, country }: { readonly vendorId: Id<"vnd">; readonly country: string },
): Promise<PayoutAccount> {
  const { decider, written } = deps;
  const circumstances = decider.circumstances();
  const begin = (account: PayoutAccount) => {
    unit.afterCommit(() => written.begin(accountJobs(deps, account)));
    return account;
  };
  const fresh = newPayoutAccount(vendorId, country, circumstances);
  if (await insertAccount(unit, fresh)) {
    const schedule = await effectiveSchedule(unit.tx, vendorId, deps.terms);
    await setNextPayout(unit, vendorId, nextPayoutAt(schedule, decider.now()));
    return begin(fresh);
  }
  const present = await lockAccount(unit, vendorId);
  assert(present, "what could not be inserted is there");
  if (wasRefused(present)) {
    const again = askedAgain(present, country, circumstances);
    await writeAccount(unit, present, again, { now: decider.now(), machineNow: decider.machineNow() });
    return begin(again);
  }
  if (present.country !== country) throw payoutAccountExists();
  return present;
}
