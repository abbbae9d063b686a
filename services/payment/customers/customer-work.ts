/** The work in the background by which guests are made known to the provider, and what they take away is detached. */
import type { Foundation } from "@holdfast/chassis/foundation";
import { every } from "@holdfast/chassis/sweep";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { CallLanes } from "../payments/call-lanes.ts";
import { defaultPatience } from "../payments/payment.ts";
import { takeDueRemovals } from "../saved-methods/removal-calls.ts";
import { createWrittenCalls } from "../written-calls/written-calls.ts";
import { type CustomerCallDeps, customerJobs, takeDueCustomers } from "./customer-calls.ts";
import type { CustomerStarter } from "./need-customers.ts";

const dueEveryMs = 1_000;
const reportEveryMs = 30_000;

export interface CustomerWork extends AsyncDisposable {
  /** What use cases need. */
  readonly deps: CustomerCallDeps & {
    readonly db: Kysely<PaymentTables>;
    readonly customers: CustomerStarter;
  };
}

async function takeDue(deps: CustomerCallDeps, aheadMs = 0): Promise<boolean> {
  const more = [await takeDueCustomers(deps, aheadMs), await takeDueRemovals(deps, aheadMs)];
  return more.includes(true);
}

/** How many of each kind are parked, counted no further than an alarm needs. */
async function countParked(db: Kysely<PaymentTables>): Promise<{ customers: number; methods: number }> {
  const { rows } = await sql<{ customers: number; methods: number }>`select
    (select count(*)::int from (select from customers where parked_reason is not null limit 1000) c) customers,
    (select count(*)::int from (select from removed_methods where parked_reason is not null limit 1000) m) methods`.execute(
    db,
  );
  return rows[0]!;
}

/** Takes up what a process killed a moment ago had begun, and starts the sweeps. */
export async function startCustomerWork(
  { db, transact, log, metrics }: Foundation<PaymentTables>,
  of: Pick<CustomerCallDeps, "decider" | "customerProvider" | "calls"> & { readonly lanes: CallLanes },
): Promise<CustomerWork> {
  const { lanes, ...others } = of;
  const written = createWrittenCalls({ provider: others.customerProvider.name, lanes, log, metrics });
  const deps = { transact, written, log, ...others };
  const customers: CustomerStarter = {
    begin: (begun) => written.begin(begun.flatMap((customer) => customerJobs(deps, customer))),
  };
  const parked = metrics.gauge({
    name: "payment_customers_parked",
    help: "Guests' customers and removed payment methods that wait for a person.",
    labels: ["kind"],
  });
  await takeDue(deps, defaultPatience.claimMs);
  const stack = new AsyncDisposableStack();
  stack.use(every({ name: "due-customers", intervalMs: dueEveryMs, work: () => takeDue(deps), log }));
  stack.use(
    every({
      name: "customer-reports",
      intervalMs: reportEveryMs,
      work: async () => {
        const counted = await countParked(db);
        parked.set({ kind: "customer" }, counted.customers);
        parked.set({ kind: "method" }, counted.methods);
      },
      log,
    }),
  );
  return { deps: { ...deps, db, customers }, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
