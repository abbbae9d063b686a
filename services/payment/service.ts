/** Composition root of the payment service: wires the use cases to the foundation and to Stripe, and starts them. */
import { pause } from "@holdfast/chassis/backoff";
import { createBatcher } from "@holdfast/chassis/batcher";
import { type Foundation, openFoundation } from "@holdfast/chassis/foundation";
import { tryLease } from "@holdfast/chassis/lease";
import type { RunningService } from "@holdfast/chassis/run";
import { every, type Sweep } from "@holdfast/chassis/sweep";
import type { Config } from "./config.ts";
import { paymentConsumers } from "./consumers.ts";
import { startCustomerWork } from "./customers/customer-work.ts";
import type { PaymentTables } from "./database.ts";
import { startDocuments } from "./documents/start-documents.ts";
import { startDisputeWork } from "./disputes/dispute-work.ts";
import { endpoints } from "./http.ts";
import { platform, setRate } from "./ledger/commission.ts";
import { startLedgerSweeps } from "./ledger/ledger-sweeps.ts";
import type { Answered } from "./payments/apply-answer.ts";
import { type CallLanes, createCallLanes } from "./payments/call-lanes.ts";
import { createDecider, type Decider } from "./payments/decider.ts";
import { reportParked } from "./payments/parked-payments.ts";
import { defaultPatience } from "./payments/payment.ts";
import { createPaymentCalls, type PaymentCalls } from "./payments/payment-calls.ts";
import { recordAnswers, type Recorded } from "./payments/record-answers.ts";
import { takeDueBalances } from "./payments/take-due-balances.ts";
import { takeDuePayments } from "./payments/take-due-payments.ts";
import { startPayoutWork } from "./payouts/payout-work.ts";
import {
  behindBreaker,
  booksBehindBreaker,
  type Breaker,
  createBreaker,
  customersBehindBreaker,
  disputesBehindBreaker,
  payoutsBehindBreaker,
} from "./providers/circuit-breaker.ts";
import type { PayoutTerms } from "./payouts/schedule-rows.ts";
import { onArrival } from "./providers/on-arrival.ts";
import { type Providers, providersOf, usualProvider } from "./providers/provider.ts";
import { startReconciliation } from "./reconciliation/start-reconciliation.ts";
import { applyStoredEvents } from "./stripe/apply-events.ts";
import { forgetEvents } from "./stripe/forget-events.ts";
import { type ReceivedEvent, storeEvents } from "./stripe/store-events.ts";
import { stripeBooks } from "./stripe/stripe-books.ts";
import { isLiveKey, openStripe, type StripeClient } from "./stripe/stripe-client.ts";
import { stripeCustomers } from "./stripe/stripe-customers.ts";
import { stripeDisputes } from "./stripe/stripe-disputes.ts";
import { stripePayouts } from "./stripe/stripe-payouts.ts";
import { stripeProvider } from "./stripe/stripe-provider.ts";

const second = 1_000;
const dueEveryMs = 500;
const balancesEveryMs = 1 * second;
const eventsEveryMs = 1 * second;
const parkedEveryMs = 30 * second;
const forgetEveryMs = 600 * second;
/** Calls in flight at a stop are waited for this long; what they did, the successor learns by making them again. */
const callsDrainMs = 3 * second;
/** Captures, voids and refunds wait for a moment without authorisations, but never longer than this. */
const quietMs = 100;
const yieldMs = 60 * second;
const waitingCallsMax = 5_000;

type PaymentFoundation = Foundation<PaymentTables>;

function stripeOf(config: Config): StripeClient {
  return openStripe({
    apiKey: config.STRIPE_API_KEY,
    apiUrl: config.STRIPE_API_URL,
    timeoutMs: config.STRIPE_TIMEOUT_MS,
    sockets: config.STRIPE_AUTHORISING + config.STRIPE_BACKGROUND,
  });
}

/** Stripe in each of its parts, and who else moves money. */
function everyProvider(stripe: StripeClient["stripe"], breaker: Breaker) {
  return {
    providers: providersOf([behindBreaker(stripeProvider(stripe), breaker), onArrival]),
    payouts: payoutsBehindBreaker(stripePayouts(stripe), breaker),
    disputes: disputesBehindBreaker(stripeDisputes(stripe), breaker),
    customers: customersBehindBreaker(stripeCustomers(stripe), breaker),
    books: booksBehindBreaker(stripeBooks(stripe), breaker),
  };
}

function lanesOf(config: Config): CallLanes {
  return createCallLanes({
    authorising: config.STRIPE_AUTHORISING,
    background: config.STRIPE_BACKGROUND,
    quietMs,
    yieldMs,
    waitingMax: waitingCallsMax,
  });
}

function breakerOf(config: Config, { log, metrics }: PaymentFoundation): Breaker {
  return createBreaker({
    name: usualProvider,
    failures: config.STRIPE_BREAKER_FAILURES,
    openMs: config.STRIPE_BREAKER_OPEN_MS,
    log,
    metrics,
  });
}

function termsOf(config: Config): PayoutTerms {
  return {
    holdDays: config.PAYOUT_HOLD_DAYS,
    holdDaysMin: config.PAYOUT_HOLD_DAYS_MIN,
    holdDaysMax: config.PAYOUT_HOLD_DAYS_MAX,
  };
}

function wireCalls(
  foundation: PaymentFoundation,
  decider: Decider,
  { providers, lanes }: { readonly providers: Providers; readonly lanes: CallLanes },
): PaymentCalls {
  const { transact, log, metrics, telemetry } = foundation;
  return createPaymentCalls({
    providers,
    record: createBatcher<Answered, Recorded>({
      name: "record-answers",
      run: (answers) => recordAnswers({ transact, decider, log }, answers),
      metrics,
    }),
    lanes,
    log,
    metrics,
    telemetry,
  });
}

/** Periodic work, and what brings a piece of it forward. */
interface Sweeps extends AsyncDisposable {
  readonly due: Sweep;
  readonly actSoon: () => void;
}

function startSweeps(foundation: PaymentFoundation, decider: Decider, calls: PaymentCalls): Sweeps {
  const { db, transact, clock, redis, log, metrics } = foundation;
  const stack = new AsyncDisposableStack();
  const deps = { transact, decider, calls, log };
  const due = stack.use(
    every({ name: "due-payments", intervalMs: dueEveryMs, work: () => takeDuePayments(deps), log }),
  );
  const balances = stack.use(
    every({
      name: "due-balances",
      intervalMs: balancesEveryMs,
      work: () => takeDueBalances(deps),
      log,
    }),
  );
  stack.defer(clock.onMove(() => void balances.runNow()));
  const events = stack.use(
    every({
      name: "stripe-events",
      intervalMs: eventsEveryMs,
      work: () => applyStoredEvents(deps, eventsEveryMs),
      log,
    }),
  );
  const parked = metrics.gauge({
    name: "payment_parked",
    help: "Payments that wait for a person.",
    labels: ["reason"],
  });
  const seen = new Set<string>();
  stack.use(
    every({
      name: "parked-payments",
      intervalMs: parkedEveryMs,
      work: () => reportParked({ db, log, parked }, seen),
      log,
    }),
  );
  const lease = () => tryLease(redis, "payment:forget-events", forgetEveryMs / 2);
  stack.use(
    every({ name: "forget-events", intervalMs: forgetEveryMs, work: () => forgetEvents(db), log, lease }),
  );
  stack.use(startLedgerSweeps(foundation, decider));
  return {
    due,
    actSoon: coalesced(
      () => applyStoredEvents(deps, 0),
      () => void events.runNow().catch(() => undefined),
    ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Runs the work now, once more at its end if asked meanwhile; where it fails, `fallback` is run. */
function coalesced(work: () => Promise<boolean>, fallback: () => void): () => void {
  let running = false;
  let again = false;
  const runOnce = async (): Promise<void> => {
    running = true;
    try {
      do {
        again = false;
      } while ((await work()) || again);
    } catch {
      fallback();
    } finally {
      running = false;
    }
  };
  return () => {
    again = true;
    if (!running) void runOnce();
  };
}

/** Starts the service; it answers HTTP and consumes events until it is disposed of. */
export async function startPayment(config: Config): Promise<RunningService> {
  await using stack = new AsyncDisposableStack();
  const migrations = new URL("./migrations/", import.meta.url);
  const foundation = stack.use(await openFoundation<PaymentTables>({ name: "payment", config, migrations }));
  const { db, transact, clock, metrics } = foundation;
  const { stripe } = stack.use(stripeOf(config));
  const decider = createDecider(clock, { ...defaultPatience, lookBaseMs: config.STRIPE_LOOK_AFTER_MS });
  const breaker = breakerOf(config, foundation);
  const { providers, payouts, disputes, customers, books } = everyProvider(stripe, breaker);
  const lanes = lanesOf(config);
  const calls = wireCalls(foundation, decider, { providers, lanes });
  const store = createBatcher<ReceivedEvent, boolean>({
    name: "store-stripe-events",
    run: (events) => storeEvents({ transact, decider }, events),
    metrics,
  });
  const basisPoints = config.COMMISSION_BASIS_POINTS;
  await setRate(db, { vendorId: platform, basisPoints, nowAt: decider.machineNow() });
  const sweeps = stack.use(startSweeps(foundation, decider, calls));
  const payoutWork = stack.use(
    await startPayoutWork(foundation, {
      decider,
      lanes,
      payouts,
      terms: termsOf(config),
    }),
  );
  const documents = stack.use(startDocuments(config, foundation));
  const disputeWork = stack.use(
    await startDisputeWork(foundation, { decider, lanes, calls, provider: disputes }),
  );
  const customerWork = stack.use(
    await startCustomerWork(foundation, { decider, lanes, calls, customerProvider: customers }),
  );
  const reconciliation = stack.use(
    await startReconciliation(config, foundation, {
      ...customerWork.deps,
      lanes,
      books,
    }),
  );
  foundation.onDrain(() => store.drain());
  foundation.onDrain(() => documents[Symbol.asyncDispose]());
  foundation.onDrain(async () => {
    const works = [sweeps, payoutWork, disputeWork, customerWork, reconciliation];
    await Promise.all(works.map((work) => work[Symbol.asyncDispose]()));
  });
  foundation.onDrain(async () => {
    await Promise.race([calls.drain(), pause(callsDrainMs)]);
  });
  // Calls that a process killed a moment ago had begun are nobody's now, though they are not due yet.
  await takeDuePayments({ transact, decider, calls }, defaultPatience.claimMs);
  foundation.startConsumers(paymentConsumers(customerWork.deps));
  const webhookSecrets = config.STRIPE_WEBHOOK_SECRET.split(",");
  const isLive = isLiveKey(config.STRIPE_API_KEY);
  const webhooks = { stripe, webhookSecrets, isLive, store, calls, actSoon: sweeps.actSoon };
  const savedMethods = customerWork.deps;
  const runs = reconciliation.deps;
  const server = await foundation.serve(
    endpoints({ ...documents, ...payoutWork.deps, ...webhooks, savedMethods, runs }),
  );
  const owned = stack.move();
  return {
    port: server.port,
    drain: () => foundation.drain(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
