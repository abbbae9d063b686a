/** The work in the background by which vendors are paid out. */
import type { Foundation } from "@holdfast/chassis/foundation";
import { every } from "@holdfast/chassis/sweep";
import type { PaymentTables } from "../database.ts";
import type { CallLanes } from "../payments/call-lanes.ts";
import type { Decider } from "../payments/decider.ts";
import { defaultPatience } from "../payments/payment.ts";
import type { PayoutProvider } from "../providers/payout-provider.ts";
import { createWrittenCalls } from "../written-calls/written-calls.ts";
import { type AccountCallDeps, takeDueAccounts } from "./account-calls.ts";

const dueEveryMs = 500;

export interface PayoutWork extends AsyncDisposable {
  /** What use cases need to have calls made. */
  readonly deps: AccountCallDeps;
}

/** Takes up what a process killed a moment ago had begun, and starts the sweeps. */
export async function startPayoutWork(
  { transact, log, metrics }: Foundation<PaymentTables>,
  of: { readonly decider: Decider; readonly lanes: CallLanes; readonly payouts: PayoutProvider },
): Promise<PayoutWork> {
  const { decider, lanes, payouts } = of;
  const written = createWrittenCalls({ provider: payouts.name, lanes, log, metrics });
  const deps = { transact, decider, payouts, written, log };
  await takeDueAccounts(deps, defaultPatience.claimMs);
  const stack = new AsyncDisposableStack();
  stack.use(
    every({
      name: "due-payout-accounts",
      intervalMs: dueEveryMs,
      work: () => takeDueAccounts(deps),
      log,
    }),
  );
  return { deps, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
