/** Makes the calls about transfers and reversals that are written down, and records what they came to. */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import type { PayoutTerms } from "../payouts/schedule-rows.ts";
import type { PayoutProvider } from "../providers/payout-provider.ts";
import { takeUpDue } from "../written-calls/take-up-due.ts";
import { answerOf, type Job, type WrittenCalls } from "../written-calls/written-calls.ts";
import { recordTransfer } from "./record-transfer.ts";
import { toTransfer, writeTransfer } from "./transfer-rows.ts";
import { takeUpTransfer, type Transfer } from "./transfer.ts";

export interface TransferDeps {
  readonly db: Kysely<PaymentTables>;
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly payouts: PayoutProvider;
  readonly written: WrittenCalls;
  readonly terms: PayoutTerms;
  readonly log: Logger;
}

/** The transfer's call as it is to be made; none where none is written down. */
export function transferJobs(deps: TransferDeps, transfer: Transfer): Job[] {
  const { call, id, reverses } = transfer;
  if (call === null) return [];
  const { purpose, key } = call;
  const kind = reverses === null ? "transfer" : "reversal";
  return [
    {
      subject: id,
      purpose: `${kind}-${purpose}`,
      key,
      make: async () => {
        const answer = await answerOf(deps.log, key, () =>
          deps.payouts.callAboutTransfer({ purpose, key, transfer }),
        );
        const record = async (): Promise<Job | null> => {
          const after = await recordTransfer(deps, transfer, { key, answer });
          const follows = after !== null && after.call !== null && after.call.key !== key;
          return follows ? (transferJobs(deps, after)[0] ?? null) : null;
        };
        return { answer, record };
      },
    },
  ];
}

/** Takes up calls that failed or that a dead process left. Is there perhaps more? */
export function takeDueTransfers(deps: TransferDeps, aheadMs = 0): Promise<boolean> {
  return takeUpDue(
    deps,
    {
      table: "transfers",
      read: toTransfer,
      takeUp: takeUpTransfer,
      write: (unit, _before, after) => writeTransfer(unit, after, deps.decider.machineNow()),
      jobsOf: (transfer) => transferJobs(deps, transfer),
    },
    aheadMs,
  );
}
