/** The work in the background by which books are compared: runs by the clock and at an administrator's wish. */
import { randomUUID } from "node:crypto";
import type { Foundation } from "@holdfast/chassis/foundation";
import { tryLease } from "@holdfast/chassis/lease";
import { createServiceTokenSource } from "@holdfast/chassis/service-token";
import { every } from "@holdfast/chassis/sweep";
import { discrepancyKinds } from "@holdfast/contracts/api/reconciliation";
import type { Config } from "../config.ts";
import type { PaymentTables } from "../database.ts";
import type { CallLanes } from "../payments/call-lanes.ts";
import type { Decider } from "../payments/decider.ts";
import { defaultPatience } from "../payments/payment.ts";
import type { TakeDeps } from "../payments/take-booking-events.ts";
import type { BooksProvider } from "../providers/books-provider.ts";
import { createWrittenCalls } from "../written-calls/written-calls.ts";
import { createBookingSource } from "./booking-source.ts";
import { takeDueGiveBacks } from "./give-back.ts";
import type { RunsDeps } from "./runs.ts";
import { scheduleRuns } from "./schedule-runs.ts";
import { workOnRuns } from "./work-on-runs.ts";

const workEveryMs = 2_000;
/** A worker says how far it is after each call to the provider, or to booking. */
const leaseMarginMs = 5_000;
const scheduleEveryMs = 60_000;
const giveBackEveryMs = 1_000;
const reportEveryMs = 30_000;

export interface Reconciliation extends AsyncDisposable {
  readonly deps: RunsDeps;
}

function startReport({ db, log, metrics }: Foundation<PaymentTables>): AsyncDisposable {
  const open = metrics.gauge({
    name: "payment_discrepancies_open",
    help: "Open discrepancies of the reconciliation.",
    labels: ["kind"],
  });
  const report = async () => {
    const rows = await db
      .selectFrom("discrepancies")
      .select(["kind", (eb) => eb.fn.countAll<number>().as("count")])
      .where("state", "=", "open")
      .groupBy("kind")
      .execute();
    const counts = new Map(rows.map(({ kind, count }) => [kind, Number(count)]));
    for (const kind of discrepancyKinds) open.set({ kind }, counts.get(kind) ?? 0);
  };
  return every({ name: "report-discrepancies", intervalMs: reportEveryMs, work: report, log });
}

/** Runs by the clock. */
function startTimetable(
  config: Config,
  { transact, redis, log }: Foundation<PaymentTables>,
  decider: Decider,
): AsyncDisposable {
  const timetable = {
    everyMinutes: config.RECONCILE_EVERY_MINUTES,
    days: config.RECONCILE_DAYS,
    wideDays: config.RECONCILE_WIDE_DAYS,
  };
  return every({
    name: "schedule-reconciliation",
    intervalMs: scheduleEveryMs,
    work: () => scheduleRuns({ transact, decider }, timetable),
    log,
    lease: () => tryLease(redis, "payment:schedule-reconciliation", scheduleEveryMs / 2),
  });
}

/** Takes up what a process killed a moment ago had begun, and starts the sweeps. */
export async function startReconciliation(
  config: Config,
  foundation: Foundation<PaymentTables>,
  of: TakeDeps & { readonly lanes: CallLanes; readonly books: BooksProvider },
): Promise<Reconciliation> {
  const { name, db, transact, clock, log, metrics } = foundation;
  const { decider, lanes, calls, customers, books } = of;
  const stack = new AsyncDisposableStack();
  const tokens = createServiceTokenSource({ authUrl: config.AUTH_URL, name, secret: config.CLIENT_SECRET });
  const written = createWrittenCalls({ provider: books.name, lanes, log, metrics });
  const giveBacks = { transact, decider, books, written, log };
  await takeDueGiveBacks(giveBacks, defaultPatience.claimMs);
  stack.use(
    every({ name: "give-back", intervalMs: giveBackEveryMs, work: () => takeDueGiveBacks(giveBacks), log }),
  );
  const deps = {
    db,
    transact,
    decider,
    calls,
    customers,
    books,
    log,
    worker: randomUUID(),
    leaseMs: config.STRIPE_TIMEOUT_MS + leaseMarginMs,
    bookings: createBookingSource({ urls: config.BOOKING_URL, tokens }, log),
    graceMs: config.RECONCILE_GRACE_MS,
    overdueMs: config.RECONCILE_OVERDUE_MS,
    nowMs: () => clock.machineNow().epochMilliseconds,
    soon: () => void takeDueGiveBacks(giveBacks, defaultPatience.claimMs).catch(() => undefined),
  };
  const runs = stack.use(
    every({
      name: "reconcile",
      intervalMs: workEveryMs,
      work: (signal) => workOnRuns(deps, signal),
      log,
    }),
  );
  stack.use(startTimetable(config, foundation, decider));
  stack.use(startReport(foundation));
  return {
    deps: {
      db,
      decider,
      days: config.RECONCILE_DAYS,
      begin: () => void runs.runNow().catch(() => undefined),
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
