/** Makes the calls about vendors' accounts that are written down, and records what they came to. */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import type { PayoutProvider } from "../providers/payout-provider.ts";
import { takeUpDue } from "../written-calls/take-up-due.ts";
import { answerOf, type Job, type WrittenCalls } from "../written-calls/written-calls.ts";
import { retrySoon } from "../transfers/parked-payouts.ts";
import { lockAccount, toPayoutAccount, writeAccount } from "./account-rows.ts";
import {
  type AccountAnswer,
  applyAccountAnswer,
  type PayoutAccount,
  takeUpAccount,
} from "./payout-account.ts";

export interface AccountCallDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly payouts: PayoutProvider;
  readonly written: WrittenCalls;
  readonly log: Logger;
}

/** The account's call as it is to be made; none where none is written down. */
export function accountJobs(deps: AccountCallDeps, account: PayoutAccount): Job[] {
  const { call } = account;
  if (call === null) return [];
  const { purpose, key } = call;
  return [
    {
      subject: account.vendorId,
      purpose: `account-${purpose}`,
      key,
      make: async () => {
        const answer = await answerOf(deps.log, key, () =>
          deps.payouts.callAboutAccount({ purpose, key, account }),
        );
        return { answer, record: () => record(deps, account, key, answer) };
      },
    },
  ];
}

async function record(
  deps: AccountCallDeps,
  { vendorId }: PayoutAccount,
  key: string,
  answer: AccountAnswer,
): Promise<Job | null> {
  const { transact, decider, log } = deps;
  return transact(async (unit) => {
    const before = await lockAccount(unit, vendorId);
    if (before === undefined) return null;
    const after = applyAccountAnswer(before, { key, answer }, decider.circumstances());
    const machineNow = decider.machineNow();
    await writeAccount(unit, before, after, { now: decider.now(), machineNow });
    // That it could not be sent money may be why something was refused.
    if (after.state === "enabled" && before.state !== "enabled") await retrySoon(unit, vendorId, machineNow);
    if (after.parkedReason !== null && before.parkedReason === null) {
      log.error({ vendorId, reason: after.parkedReason }, "a payout account is parked for a person");
    }
    const follows = after.call !== null && after.call.key !== key;
    return follows ? (accountJobs(deps, after)[0] ?? null) : null;
  });
}

/** Takes up accounts whose time has come: calls that failed or that a dead process left, and looks. Is there perhaps more? */
export function takeDueAccounts(deps: AccountCallDeps, aheadMs = 0): Promise<boolean> {
  const times = () => ({ now: deps.decider.now(), machineNow: deps.decider.machineNow() });
  return takeUpDue(
    deps,
    {
      table: "payout_accounts",
      read: toPayoutAccount,
      takeUp: takeUpAccount,
      write: (unit, before, after) => writeAccount(unit, before, after, times()),
      jobsOf: (account) => accountJobs(deps, account),
    },
    aheadMs,
  );
}
