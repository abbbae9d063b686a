/** The work in the background by which vendors are paid out. */
import type { Foundation } from "@holdfast/chassis/foundation";
import { tryLease } from "@holdfast/chassis/lease";
import { every } from "@holdfast/chassis/sweep";
import type { PaymentTables } from "../database.ts";
import type { CallLanes } from "../payments/call-lanes.ts";
import { defaultPatience } from "../payments/payment.ts";
import { reportPayouts } from "../transfers/parked-payouts.ts";
import { planReversals } from "../transfers/plan-reversals.ts";
import { planDueTransfers, retryParked } from "../transfers/plan-transfers.ts";
import { takeDueTransfers, type TransferDeps } from "../transfers/transfer-calls.ts";
import { createWrittenCalls } from "../written-calls/written-calls.ts";
import { takeDueAccounts } from "./account-calls.ts";

const dueEveryMs = 1_000;
const planEveryMs = 1_000;
const reportEveryMs = 30_000;

export interface PayoutWork extends AsyncDisposable {
  /** What use cases need. */
  readonly deps: TransferDeps;
}

/** Reversals first: what is owed back is decided before more is sent. */
async function planOnce(deps: TransferDeps): Promise<boolean> {
  const more = [await planReversals(deps), await planDueTransfers(deps), await retryParked(deps)];
  return more.includes(true);
}

async function takeDue(deps: TransferDeps, aheadMs = 0): Promise<boolean> {
  const more = [await takeDueAccounts(deps, aheadMs), await takeDueTransfers(deps, aheadMs)];
  return more.includes(true);
}

function startReports({ db, log, metrics }: Foundation<PaymentTables>): AsyncDisposable {
  const parked = metrics.gauge({
    name: "payment_payouts_parked",
    help: "Payouts that wait for a person: refused, unanswered, or of an account that cannot be made.",
    labels: ["kind"],
  });
  const waiting = metrics.gauge({
    name: "payment_payouts_waiting",
    help: "Vendors that are owed something and have no account that can be paid out to.",
    labels: [],
  });
  return every({
    name: "payout-reports",
    intervalMs: reportEveryMs,
    work: () => reportPayouts(db, { parked, waiting }),
    log,
  });
}

/** Takes up what a process killed a moment ago had begun, and starts the sweeps. */
export async function startPayoutWork(
  foundation: Foundation<PaymentTables>,
  of: Pick<TransferDeps, "decider" | "payouts" | "terms"> & { readonly lanes: CallLanes },
): Promise<PayoutWork> {
  const { db, transact, redis, log, metrics } = foundation;
  const { decider, lanes, payouts, terms } = of;
  const written = createWrittenCalls({ provider: payouts.name, lanes, log, metrics });
  const deps = { db, transact, decider, payouts, written, terms, log };
  await takeDue(deps, defaultPatience.claimMs);
  const stack = new AsyncDisposableStack();
  stack.use(every({ name: "due-payouts", intervalMs: dueEveryMs, work: () => takeDue(deps), log }));
  stack.use(
    every({
      name: "plan-payouts",
      intervalMs: planEveryMs,
      work: () => planOnce(deps),
      log,
      lease: () => tryLease(redis, "payment:plan-payouts", planEveryMs / 2),
    }),
  );
  stack.use(startReports(foundation));
  return { deps, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
