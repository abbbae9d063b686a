/** What is measured: full sagas, and holds alone. */
import { randomUUID } from "node:crypto";
import type { Platform } from "@holdfast/testkit/platform/start-platform";
import { until } from "@holdfast/testkit/until";
import pg from "pg";
import { cpuPerThing, readCpu, readPostgresCounters } from "./counters.ts";
import { runLoad, type LoadOptions, type LoadResult } from "./load.ts";
import type { BenchWorld, SlotDispenser } from "./world.ts";

export interface Scenario {
  readonly clients: number;
  readonly total: number;
  readonly perSecond?: number;
}

/** A load with what it cost. */
export interface Measured {
  readonly load: LoadResult;
  readonly transactionsEach: number;
  readonly walBytesEach: number;
  /** CPU milliseconds each, by process. */
  readonly cpuMsEach: readonly (readonly [string, number])[];
}

/** Sagas, and how long their background work took to drain after the last one was answered. */
export interface MeasuredSagas extends Measured {
  /** Sagas a second until the last confirmed booking had its notification row. */
  readonly notifiedPerSecond: number;
  readonly drainSeconds: {
    readonly notificationRows: number;
    readonly captures: number;
    readonly mails: number;
  };
}

const drainDeadlineMs = 240_000;

/** `afterLoad` runs at once when the load is over: reading the counters takes seconds, in which things would drain. */
async function measure(
  platform: Platform,
  load: () => Promise<LoadResult>,
  afterLoad: () => Promise<void> = async () => undefined,
): Promise<Measured> {
  const [before, cpuBefore] = await Promise.all([
    readPostgresCounters(platform.database.adminUrl),
    readCpu(),
  ]);
  const result = await load();
  await afterLoad();
  const [after, cpuAfter] = await Promise.all([readPostgresCounters(platform.database.adminUrl), readCpu()]);
  const each = (a: number, b: number) => (a - b) / Math.max(1, result.done);
  return {
    load: result,
    transactionsEach: each(after.transactions, before.transactions),
    walBytesEach: each(after.walBytes, before.walBytes),
    cpuMsEach: cpuPerThing(cpuBefore, cpuAfter, Math.max(1, result.done)),
  };
}

function bookingLoad(
  platform: Platform,
  slots: SlotDispenser,
  tokens: readonly string[],
  scenario: Scenario,
  of: { readonly paymentMethod?: string; readonly prefer?: string; readonly status: string },
): Promise<LoadResult> {
  const options: LoadOptions = {
    url: platform.gatewayUrl,
    ...scenario,
    request: (client) => ({
      method: "POST",
      path: "/v1/bookings",
      headers: {
        authorization: `Bearer ${tokens[client]!}`,
        "content-type": "application/json",
        "idempotency-key": randomUUID(),
        ...(of.prefer === undefined ? undefined : { prefer: of.prefer }),
      },
      body: JSON.stringify({
        ...slots.next(),
        ...(of.paymentMethod === undefined ? undefined : { paymentMethod: of.paymentMethod }),
      }),
    }),
    succeeded: (status, body) => status === 201 && body.includes(`"status":"${of.status}"`),
  };
  return runLoad(options);
}

const unnotified = `select count(*) from booking.bookings b where status = 'confirmed' and not exists
  (select 1 from notification.messages m where m.booking_id = b.booking_id)`;

/** One number from the platform's database. */
async function count(admin: pg.Client, query: string): Promise<number> {
  const { rows } = await admin.query<{ count: string }>(query);
  return Number(rows[0]?.count ?? 0);
}

/**
 * Full sagas: HTTP in to confirmed (`Prefer: wait`), one authorisation at the payment server each. Webhooks are held
 * back until the load is over, captures and mails may lag; how long all of it takes to drain is measured too.
 */
export async function measureSagas(
  platform: Platform,
  world: BenchWorld,
  slots: SlotDispenser,
  scenario: Scenario,
): Promise<MeasuredSagas> {
  const tokens = await world.logInAll();
  const admin = new pg.Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  try {
    await setWebhooks(platform, "hold");
    let end = 0;
    let notificationRows = 0;
    const rowsDrained = async () => {
      end = performance.now();
      notificationRows = await drained("notification rows", unnotified);
    };
    const drained = async (what: string, query: string) => {
      await until(what, async () => (await count(admin, query)) === 0, drainDeadlineMs);
      return (performance.now() - end) / 1000;
    };
    const takeSagas = () =>
      bookingLoad(platform, slots, tokens, scenario, {
        paymentMethod: "pm_card_visa",
        prefer: "wait=30",
        status: "confirmed",
      });
    const measured = await measure(platform, takeSagas, rowsDrained);
    await setWebhooks(platform, "on");
    const [captures, mails] = await Promise.all([
      drained(
        "captures",
        "select count(*) from booking.bookings where status = 'confirmed' and saga_step = 'capture'",
      ),
      drained("mails", "select count(*) from notification.messages where status = 'waiting'"),
    ]);
    return {
      ...measured,
      notifiedPerSecond: measured.load.done / (measured.load.seconds + notificationRows),
      drainSeconds: { notificationRows, captures, mails },
    };
  } finally {
    await admin.end();
  }
}

async function setWebhooks(platform: Platform, webhooks: "on" | "hold"): Promise<void> {
  const stripe = platform.urlOf("stripe");
  const sent = {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ webhooks }),
  };
  await fetch(`${stripe}/_stand-in/switches`, sent);
  if (webhooks === "on") await fetch(`${stripe}/_stand-in/webhooks/release`, { method: "POST" });
}

/** Holds alone: HTTP in to held, answered at once; the guest is to pay on their side. */
export async function measureHolds(
  platform: Platform,
  world: BenchWorld,
  slots: SlotDispenser,
  scenario: Scenario,
): Promise<Measured> {
  const tokens = await world.logInAll();
  return measure(platform, () => bookingLoad(platform, slots, tokens, scenario, { status: "held" }));
}
