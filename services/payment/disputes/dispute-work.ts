/** The work in the background by which disputes are followed. */
import type { Foundation } from "@holdfast/chassis/foundation";
import { tryLease } from "@holdfast/chassis/lease";
import { every } from "@holdfast/chassis/sweep";
import type { PaymentTables } from "../database.ts";
import type { CallLanes } from "../payments/call-lanes.ts";
import type { Decider } from "../payments/decider.ts";
import { defaultPatience } from "../payments/payment.ts";
import type { CallStarter } from "../payments/take-booking-events.ts";
import type { DisputeProvider } from "../providers/dispute-provider.ts";
import { createWrittenCalls } from "../written-calls/written-calls.ts";
import { takeDueDisputes } from "./dispute-calls.ts";
import { findDisputes } from "./find-disputes.ts";
import { writeOffLosses } from "./write-off-losses.ts";

const dueEveryMs = 1_000;
const findEveryMs = 600_000;
const writeOffEveryMs = 600_000;

/** Takes up what a process killed a moment ago had begun, and starts the sweeps. */
export async function startDisputeWork(
  { transact, redis, log, metrics }: Foundation<PaymentTables>,
  of: {
    readonly decider: Decider;
    readonly lanes: CallLanes;
    readonly calls: CallStarter;
    readonly provider: DisputeProvider;
  },
): Promise<AsyncDisposable> {
  const { decider, lanes, calls, provider } = of;
  const written = createWrittenCalls({ provider: provider.name, lanes, log, metrics });
  const deps = { transact, decider, provider, written, calls, log };
  await takeDueDisputes(deps, defaultPatience.claimMs);
  const stack = new AsyncDisposableStack();
  stack.use(every({ name: "due-disputes", intervalMs: dueEveryMs, work: () => takeDueDisputes(deps), log }));
  stack.use(
    every({
      name: "find-disputes",
      intervalMs: findEveryMs,
      work: () => findDisputes(deps),
      log,
      lease: () => tryLease(redis, "payment:find-disputes", findEveryMs / 2),
    }),
  );
  stack.use(
    every({
      name: "write-off-losses",
      intervalMs: writeOffEveryMs,
      work: () => writeOffLosses(deps),
      log,
      lease: () => tryLease(redis, "payment:write-off-losses", writeOffEveryMs / 2),
    }),
  );
  return stack;
}
