/**
 * What a hold costs beside how many allocations are stored: the booking service's own batches, on databases that differ
 * in nothing else, in turns, so that what the machine does meanwhile meets all of them. Only the ratios mean anything.
 */
import assert from "node:assert";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { createClock } from "@holdfast/chassis/clock";
import { openDatabase } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import { migrate } from "@holdfast/chassis/migrate";
import { newTraceparent } from "@holdfast/chassis/trace-context";
import { createTransactor } from "@holdfast/chassis/unit-of-work";
import { newId, type Id } from "@holdfast/contracts/ids";
import { deskRules } from "@holdfast/testkit/resource-rules";
import type { PlatformDatabase } from "@holdfast/testkit/servers/database";
import { startPostgres } from "@holdfast/testkit/servers/postgres";
import pg from "pg";
import { askedBooking } from "../services/booking/bookings/asked-booking.ts";
import {
  takeBookings,
  type TakeBooking,
  type TakeBookingsDeps,
} from "../services/booking/bookings/take-bookings.ts";
import type { BookingTables } from "../services/booking/database.ts";
import { ResourceCache } from "../services/booking/resources/resource-cache.ts";

const resources = 2000;
const capacity = 20;
const hours = 24 * 300;
const oneByOne = 50;
const batches = 20;
const batchSize = 32;

/** What a hold costs with so many allocations stored, and how much of that it costs with the fewest. */
export interface HoldCost {
  readonly allocations: number;
  readonly buildSeconds: number;
  readonly megabytes: number;
  /** Medians over the rounds, in milliseconds. */
  readonly aloneMs: number;
  readonly inBatchMs: number;
  readonly aloneRatio: number;
  readonly inBatchRatio: number;
}

/** One of the databases, with what the use case needs. */
export interface Stored extends AsyncDisposable {
  readonly allocations: number;
  readonly buildSeconds: number;
  readonly megabytes: number;
  readonly deps: TakeBookingsDeps;
  readonly resourceIds: readonly Id<"res">[];
  readonly aloneMs: number[];
  readonly inBatchMs: number[];
}

/** Measures with `most` allocations, a tenth and a thousandth of that, in as many rounds. */
export async function measureHoldCost(
  of: { readonly most: number; readonly rounds: number },
  say: (line: string) => void,
): Promise<HoldCost[]> {
  await using owned = new AsyncDisposableStack();
  const postgres = owned.use(await startPostgres({ onProgress: say }));
  const all: Stored[] = [];
  for (const allocations of [of.most / 1000, of.most / 10, of.most].map(Math.round)) {
    const database = await postgres.createDatabase(`bench_holds_${allocations}`);
    const stored = owned.use(await openStored(database, allocations));
    say(
      `${stored.allocations} allocations after ${stored.buildSeconds.toFixed(0)} s, ${stored.megabytes.toFixed(0)} MB with their indexes`,
    );
    all.push(stored);
  }
  // The first round warms up: rules are compiled, statements prepared.
  for (let round = 0; round <= of.rounds; round++) {
    for (const stored of round % 2 === 0 ? all : all.toReversed()) await measureRound(stored, round > 0);
  }
  const costs = all.map((one) => ({ ...one, alone: median(one.aloneMs), inBatch: median(one.inBatchMs) }));
  const [fewest] = costs;
  assert(fewest !== undefined);
  return costs.map(({ allocations, buildSeconds, megabytes, alone, inBatch }) => ({
    allocations,
    buildSeconds,
    megabytes,
    aloneMs: alone,
    inBatchMs: inBatch,
    aloneRatio: alone / fewest.alone,
    inBatchRatio: inBatch / fewest.inBatch,
  }));
}

async function measureRound(stored: Stored, counts: boolean): Promise<void> {
  const alone = await timed(async () => {
    for (let i = 0; i < oneByOne; i++) await hold(stored, 1);
  });
  const inBatch = await timed(async () => {
    for (let i = 0; i < batches; i++) await hold(stored, batchSize);
  });
  if (!counts) return;
  stored.aloneMs.push(alone / oneByOne);
  stored.inBatchMs.push(inBatch / (batches * batchSize));
}

/** Milliseconds that it took. */
export async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const firstHour = Temporal.Now.zonedDateTimeISO("UTC").startOfDay().add({ days: 2 }).toInstant();

/** Takes so many bookings of random resources and hours as one batch, for guests of their own; all must be held. */
export async function hold(
  { deps, resourceIds }: Pick<Stored, "deps" | "resourceIds">,
  count: number,
  guestOf: () => Id<"usr"> = () => newId("usr"),
): Promise<void> {
  const requests = Array.from({ length: count }, (): TakeBooking => {
    const startsAt = firstHour.add({ hours: Math.floor(Math.random() * hours) });
    const asked = askedBooking({
      resourceId: resourceIds[Math.floor(Math.random() * resourceIds.length)]!,
      startsAt: startsAt.toString(),
      endsAt: startsAt.add({ hours: 1 }).toString(),
      quantity: 1,
      people: 1,
      also: [],
      extras: [],
    });
    const customerId = guestOf();
    return {
      askings: [asked],
      series: null,
      customerId,
      traceparent: newTraceparent(),
      keyUse: { caller: customerId, key: randomUUID(), hash: "bench" },
    };
  });
  for (const outcome of await takeBookings(deps, requests)) {
    assert("value" in outcome, `every hold finds a free unit: ${inspect(outcome)}`);
  }
}

/** A database with so many allocations, and the service's use case on it. */
export async function openStored(database: PlatformDatabase, allocations: number): Promise<Stored> {
  await using owned = new AsyncDisposableStack();
  const log = createLogger("hold-cost", "error");
  const opened = owned.use(
    openDatabase<BookingTables>({
      url: database.urlFor("booking"),
      poolSize: 2,
      log,
      applicationName: "hold-cost",
    }),
  );
  const directory = new URL("../services/booking/migrations/", import.meta.url);
  await migrate({ pool: opened.pool, directory, log });
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  try {
    const begin = performance.now();
    const resourceIds = await insertResources(admin);
    const count = await fill(admin, allocations);
    const buildSeconds = (performance.now() - begin) / 1000;
    const { rows } = await admin.query<{ bytes: string }>(
      "select pg_total_relation_size('booking.allocations') as bytes",
    );
    const outbox = { publishAtOnce: () => undefined };
    const deps = {
      transact: createTransactor<BookingTables>({ db: opened.db, outbox, log, name: "booking" }),
      clock: createClock({ test: false }),
      resources: new ResourceCache(),
      holdsPerGuest: 0,
    };
    const running = owned.move();
    return {
      allocations: count,
      buildSeconds,
      megabytes: Number(rows[0]?.bytes ?? 0) / 2 ** 20,
      deps,
      resourceIds,
      aloneMs: [],
      inBatchMs: [],
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  } finally {
    await admin.end();
  }
}

async function insertResources(admin: pg.Client): Promise<Id<"res">[]> {
  const ids = Array.from({ length: resources }, () => newId("res"));
  const snapshot = {
    vendorId: newId("vnd"),
    vendorName: "Desks",
    version: 1,
    rules: { ...deskRules, capacity },
  };
  await admin.query(
    `insert into booking.resources (resource_id, vendor_id, version, bookable, snapshot)
     select id, $2::json->>'vendorId', 1, true, ($2::jsonb || jsonb_build_object('resourceId', id))::json
     from unnest($1::text[]) id`,
    [ids, JSON.stringify(snapshot)],
  );
  await admin.query("insert into booking.calendars (resource_id) select unnest($1::text[])", [ids]);
  await admin.query(
    `insert into booking.blocks (block_id, calendar_id, starts_at, ends_at, reason, created_at)
     select 'blk_' || calendar_id, calendar_id, now(), now() + interval '1 year', 'bench', now()
     from booking.calendars`,
  );
  return ids;
}

/**
 * Spreads the allocations evenly over the calendars, and over units and hours of each: however many there are, few lie
 * where a hold is. Their constraint is made afterwards: the index is then built sorted, and every row checked.
 */
async function fill(admin: pg.Client, allocations: number): Promise<number> {
  const each = Math.max(1, Math.round(allocations / resources));
  const { rows } = await admin.query<{ definition: string }>(
    `select pg_get_constraintdef(oid) as definition from pg_constraint
     where conname = 'allocations_never_overlap' and conrelid = 'booking.allocations'::regclass`,
  );
  const definition = rows[0]?.definition;
  assert(definition !== undefined, "allocations never overlap");
  await admin.query("alter table booking.allocations drop constraint allocations_never_overlap");
  // Each row's block and calendar are there: that is not looked up again ten million times.
  await admin.query("set session_replication_role = replica");
  const inserted = await admin.query(
    `insert into booking.allocations (block_id, unit, calendar_id, during)
     select 'blk_' || calendar_id, i % ${capacity} + 1, calendar_id, tstzrange(starts, starts + interval '1 hour')
     from booking.calendars, generate_series(0, $1::integer - 1) i,
       lateral (select $2::timestamptz
         + floor(i / ${capacity}.0 * (${hours}.0 / ceil($1 / ${capacity}.0))) * interval '1 hour' as starts) s
     order by calendar_id, starts`,
    [each, firstHour.toString()],
  );
  await admin.query("reset session_replication_role");
  await admin.query("set maintenance_work_mem = '512MB'");
  await admin.query(`alter table booking.allocations add constraint allocations_never_overlap ${definition}`);
  await admin.query("vacuum analyze booking.allocations");
  await admin.query("checkpoint");
  return inserted.rowCount ?? 0;
}
