/** Composition root of the booking service: wires the use cases to the foundation and starts them. */
import { createBatcher } from "@holdfast/chassis/batcher";
import { type Foundation, openFoundation, type FoundationOptions } from "@holdfast/chassis/foundation";
import { tryLease } from "@holdfast/chassis/lease";
import type { RunningService } from "@holdfast/chassis/run";
import { every } from "@holdfast/chassis/sweep";
import {
  takeBookings,
  type TakeBooking,
  type TakeBookingsDeps,
  type Taken,
} from "./bookings/take-bookings.ts";
import { Waiters } from "./bookings/waiters.ts";
import { BusyStore } from "./calendar/busy-store.ts";
import { createPastForgetter } from "./calendar/forget-past.ts";
import type { Config } from "./config.ts";
import { consumers } from "./consumers.ts";
import type { BookingTables } from "./database.ts";
import { anyAddresses, publicAddresses } from "./feeds/public-address.ts";
import { syncDueFeeds, type FeedSettings, type SyncDeps } from "./feeds/sync-feeds.ts";
import { endpoints } from "./http.ts";
import { forgetQuotes } from "./quotes/forget-quotes.ts";
import { ResourceCache } from "./resources/resource-cache.ts";
import { expireSteps } from "./saga/expire-steps.ts";
import { remindOfBalances } from "./saga/remind-of-balances.ts";
import type { SweepDeps } from "./saga/sweep-sagas.ts";
import { hearChanges } from "./streams/hear-changes.ts";
import { Watches } from "./streams/watches.ts";
import { createWaitlistSweep } from "./waitlist/sweep-waitlist.ts";
import { FreeSlots } from "./search/free-slots.ts";
import { createMissingIndexer } from "./search/index-resource.ts";

const deadlinesEveryMs = 500;
/** Hours before a balance is taken, seconds do not matter. */
const remindersEveryMs = 2_000;
const feedsEveryMs = 2_000;
const forgetEveryMs = 600_000;
const waitlistEveryMs = 30_000;
const indexEveryMs = 600_000;

/** Decides on bookings, many at a time; what is in hand is finished before the process ends. */
function startTakings(foundation: Foundation<BookingTables>, deps: TakeBookingsDeps) {
  const takings = createBatcher<TakeBooking, Taken>({
    name: "take-bookings",
    run: (requests) => takeBookings(deps, requests),
    metrics: foundation.metrics,
  });
  foundation.onDrain(() => takings.drain());
  return takings;
}

/** Starts looking for what falls due: at short intervals, and whenever the business clock is moved. */
function startDeadlines(deps: SweepDeps, { clock, log }: Foundation<BookingTables>): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const look = (name: string, intervalMs: number, work: () => Promise<boolean>) => {
    const sweep = stack.use(every({ name, intervalMs, work, log }));
    stack.defer(clock.onMove(() => void sweep.runNow()));
  };
  look("saga-deadlines", deadlinesEveryMs, () => expireSteps(deps));
  look("reminders", remindersEveryMs, () => remindOfBalances(deps));
  return stack;
}

/** Starts the sweeps of what grows; one replica at a time does each. */
function startForgetting(foundation: Foundation<BookingTables>): AsyncDisposable {
  const { redis, log } = foundation;
  const stack = new AsyncDisposableStack();
  const forget = (name: string, work: () => Promise<boolean>) => {
    const lease = () => tryLease(redis, `booking:${name}`, forgetEveryMs / 2);
    stack.use(every({ name, intervalMs: forgetEveryMs, work, log, lease }));
  };
  forget("forget-quotes", () => forgetQuotes(foundation));
  forget("forget-past", createPastForgetter(foundation));
  return stack;
}

function feedSettingsOf(config: Config): FeedSettings {
  return {
    addresses: config.FEEDS_ALLOW_PRIVATE === "on" ? anyAddresses : publicAddresses,
    intervalSeconds: config.FEEDS_EVERY_SECONDS,
  };
}

/** Starts reading the feeds that are due; one replica at a time does, unless somebody has just changed one. */
function startFeeds(
  deps: SyncDeps,
  { redis, log }: Foundation<BookingTables>,
): AsyncDisposable & { readonly readNow: () => void } {
  const lease = () => tryLease(redis, "booking:feeds", feedsEveryMs / 2);
  const work = (signal: AbortSignal) => syncDueFeeds(deps, signal);
  const sweep = every({ name: "feeds", intervalMs: feedsEveryMs, work, log, lease });
  const readNow = () => {
    // Nothing is lost: the next run comes within seconds.
    sweep.runNow().catch((error: unknown) => log.warn({ err: error }, "feeds will be read a little later"));
  };
  return Object.assign(sweep, { readNow });
}

/** Starts the service; it answers HTTP and consumes events until it is disposed of. */
export async function startBooking(
  config: Config,
  options: Pick<FoundationOptions, "relay"> = {},
): Promise<RunningService> {
  await using stack = new AsyncDisposableStack();
  const migrations = new URL("./migrations/", import.meta.url);
  const foundation = stack.use(
    await openFoundation<BookingTables>({ name: "booking", config, migrations, ...options }),
  );
  const { db, transact, clock, redis, log, metrics } = foundation;
  const waiters = new Waiters(db);
  const deps = {
    db,
    transact,
    clock,
    redis,
    resources: new ResourceCache(),
    waiters,
    busy: new BusyStore(),
    slots: new FreeSlots(),
    feedSettings: feedSettingsOf(config),
    holdsPerGuest: config.HOLDS_PER_GUEST,
  };
  const takings = startTakings(foundation, deps);
  stack.use(startDeadlines(deps, foundation));
  stack.use(
    every({ name: "waiting-requests", intervalMs: Waiters.everyMs, work: () => waiters.lookUp(), log }),
  );
  stack.use(startForgetting(foundation));
  const waitlist = stack.use(
    every({
      name: "waitlist",
      intervalMs: waitlistEveryMs,
      work: createWaitlistSweep(deps),
      log,
      lease: () => tryLease(redis, "booking:waitlist", waitlistEveryMs / 2),
    }),
  );
  stack.defer(clock.onMove(() => void waitlist.runNow()));
  const feeds = stack.use(startFeeds({ ...deps, log }, foundation));
  const indexing = stack.use(
    every({ name: "index-missing", intervalMs: indexEveryMs, work: createMissingIndexer(foundation), log }),
  );
  // Search knows nothing of what was published before it was there, and need not wait for the first interval.
  indexing.runNow().catch((error: unknown) => log.warn({ err: error }, "not all resources can be found yet"));
  foundation.startConsumers(consumers(deps));
  const watches = new Watches(foundation);
  metrics.gauge({
    name: "booking_streams_open",
    help: "Streams of events that are open",
    labels: [],
    read: () => watches.count,
  });
  const hearing = stack.use(hearChanges(foundation, watches));
  const server = await foundation.serve(
    endpoints({ ...deps, takings, readFeedsNow: feeds.readNow, log, watches, hearing }),
  );
  const owned = stack.move();
  return {
    port: server.port,
    async drain() {
      waiters.release();
      await foundation.drain();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
