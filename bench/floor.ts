/**
 * The floor: one process that runs the SQL of a full saga and nothing else: no gateway, tokens, HTTP, validation, bus,
 * events on the wire or payment server. Four transactions a saga into the services' own tables, with prepared statements,
 * as many sagas at a time as there are clients.
 */
import { randomUUID } from "node:crypto";
import { createLogger } from "@holdfast/chassis/log";
import { migrate } from "@holdfast/chassis/migrate";
import { newId } from "@holdfast/contracts/ids";
import type { PlatformDatabase } from "@holdfast/testkit/servers/database";
import type { PostgresHandle } from "@holdfast/testkit/servers/postgres";
import pg from "pg";
import { readPostgresCounters } from "./counters.ts";
import { summarise, type LoadResult } from "./load.ts";

export interface Floor {
  readonly load: LoadResult;
  readonly transactionsEach: number;
  readonly walBytesEach: number;
}

const desks = 100;
const connections = 32;

/** One statement of a saga: its text and its values. */
type Statement = readonly [text: string, values: readonly unknown[]];

/** Runs `total` sagas with `clients` at a time in a database of its own on this Postgres. */
export async function measureFloor(
  postgres: PostgresHandle,
  of: { readonly clients: number; readonly total: number },
): Promise<Floor> {
  const database = await postgres.createDatabase("bench_floor");
  await migrateAll(database);
  const pool = new pg.Pool({ connectionString: database.adminUrl, max: connections });
  try {
    const resourceIds = await insertDesks(pool);
    const latencies: number[] = [];
    const before = await readPostgresCounters(database.adminUrl);
    const begin = performance.now();
    let started = 0;
    const client = async () => {
      while (started < of.total) {
        const index = started++;
        const sent = performance.now();
        for (const transaction of sagaOf(index, resourceIds)) await run(pool, transaction);
        latencies.push(performance.now() - sent);
      }
    };
    await Promise.all(Array.from({ length: of.clients }, client));
    const seconds = (performance.now() - begin) / 1000;
    const after = await readPostgresCounters(database.adminUrl);
    return {
      load: summarise(latencies, { failed: 0, sampleFailure: null, seconds }),
      transactionsEach: (after.transactions - before.transactions) / of.total,
      walBytesEach: (after.walBytes - before.walBytes) / of.total,
    };
  } finally {
    await pool.end();
  }
}

async function migrateAll(database: PlatformDatabase): Promise<void> {
  const log = createLogger("floor", "error");
  for (const service of ["booking", "payment", "notification"] as const) {
    const pool = new pg.Pool({ connectionString: database.urlFor(service), max: 1 });
    const directory = new URL(`../services/${service}/migrations/`, import.meta.url);
    await migrate({ pool, directory, log });
    await pool.end();
  }
}

async function insertDesks(pool: pg.Pool): Promise<string[]> {
  const ids = Array.from({ length: desks }, () => newId("res"));
  await pool.query(
    `insert into booking.resources (resource_id, vendor_id, version, bookable, snapshot)
     select id, 'vnd', 1, true, '{}' from unnest($1::text[]) id`,
    [ids],
  );
  await pool.query("insert into booking.calendars (resource_id) select unnest($1::text[])", [ids]);
  return ids;
}

const names = new Map<string, string>();

/** One transaction, as an ordinary program runs it; each text is prepared once a connection. */
async function run(pool: pg.Pool, statements: readonly Statement[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    for (const [text, values] of statements) {
      const name = names.get(text) ?? `floor_${names.size}`;
      names.set(text, name);
      await client.query({ name, text, values: [...values] });
    }
    await client.query("commit");
  } finally {
    client.release();
  }
}

const line = [
  { label: "Hours", count: 1, unit: "hour", quantity: 1, unitAmountMinor: 1200, amountMinor: 1200 },
];
const rule = { fullRefundUntilHours: 24, refundPercentAfter: 0 };
const firstHour = Temporal.Now.zonedDateTimeISO("UTC").startOfDay().add({ days: 2 }).toInstant();

/** The four transactions of one saga: hold, authorise, confirm, notify. */
function sagaOf(index: number, resourceIds: readonly string[]): Statement[][] {
  const resourceId = resourceIds[index % desks]!;
  const startsAt = firstHour.add({ hours: Math.floor(index / desks) });
  const [from, to] = [startsAt.toString(), startsAt.add({ hours: 1 }).toString()];
  const now = Temporal.Now.instant().toString();
  const facts = {
    bookingId: newId("bkg"),
    resourceId,
    vendorId: newId("vnd"),
    customerId: newId("usr"),
    resourceTitle: "Desk",
    vendorName: "Desks",
    zone: "Europe/Lisbon",
    startsAt: from,
    endsAt: to,
    quantity: 1,
    total: { amountMinor: 1200, currency: "EUR" },
  };
  const { bookingId, customerId } = facts;
  const held = hold(facts, { from, to, now });
  return [
    held,
    authorise(bookingId, customerId, facts),
    confirm(bookingId, facts, now),
    notify(bookingId, customerId, facts),
  ];
}

function event(schema: string, type: string, data: object): Statement {
  const id = newId("evt");
  const envelope = {
    specversion: "1.0",
    id,
    source: `/services/${schema}`,
    type,
    time: new Date().toISOString(),
    data,
  };
  return [
    `insert into ${schema}.outbox (id, subject, envelope) values ($1, $2, $3)`,
    [id, type, JSON.stringify(envelope)],
  ];
}

function received(schema: string, consumer: string): Statement {
  return [
    `insert into ${schema}.inbox (consumer, event_id) values ($1, $2) on conflict do nothing`,
    [consumer, newId("evt")],
  ];
}

type Facts = { bookingId: string; resourceId: string; vendorId: string; customerId: string };

function hold(facts: Facts, at: { from: string; to: string; now: string }): Statement[] {
  const { bookingId, resourceId, vendorId, customerId } = facts;
  const during = `[${at.from},${at.to})`;
  const calendar = "(select calendar_id from booking.calendars where resource_id = $1)";
  return [
    ["select calendar_id, version from booking.calendars where resource_id = $1 for update", [resourceId]],
    ["select status from booking.idempotency_keys where caller = $1 and key = $2", [customerId, bookingId]],
    [
      `select unit, during from booking.allocations where calendar_id = ${calendar} and during && $2::tstzrange`,
      [resourceId, during],
    ],
    [
      `insert into booking.bookings (booking_id, calendar_id, resource_id, customer_id, vendor_id, resource_title, vendor_name,
        zone, status, starts_at, ends_at, during, quantity, lines, total_minor, currency, cancellation, payment_method,
        hold_expires_at, keep_minor, saga_step, step_deadline_at, version, created_at)
       values ($2, ${calendar}, $1, $3, $4, 'Desk', 'Desks', 'Europe/Lisbon', 'held', $5, $6, $7, 1, $8, 1200, 'EUR', $9,
        'pm_card_visa', $5, 1200, 'pay', $5, 1, $10)`,
      [
        resourceId,
        bookingId,
        customerId,
        vendorId,
        at.from,
        at.to,
        during,
        JSON.stringify(line),
        JSON.stringify(rule),
        at.now,
      ],
    ],
    [
      `insert into booking.allocations (booking_id, unit, calendar_id, during) values ($2, 1, ${calendar}, $3)`,
      [resourceId, bookingId, during],
    ],
    happened(bookingId, 1, "held", at.now),
    [
      "insert into booking.idempotency_keys (caller, key, request_hash, status, body) values ($1, $2, $3, 201, $4)",
      [customerId, bookingId, randomUUID(), JSON.stringify({ bookingId })],
    ],
    ["update booking.calendars set version = version + 1 where resource_id = $1", [resourceId]],
    event("booking", "booking.held.v1", facts),
  ];
}

function happened(bookingId: string, version: number, what: string, at: string): Statement {
  return [
    "insert into booking.timeline (booking_id, version, at, what, by, detail) values ($1, $2, $3, $4, 'floor', '{}')",
    [bookingId, version, at, what],
  ];
}

function authorise(bookingId: string, customerId: string, facts: object): Statement[] {
  return [
    received("payment", "payment-booking_held_v1"),
    [
      `insert into payment.payments (booking_id, id, customer_id, amount_minor, currency, payment_method, booking_version,
        asked, status, authorised_minor, captured_minor, refunded_minor, version, calls, failures, looks, next_attempt_at,
        created_at)
       values ($1, $2, $3, 1200, 'EUR', 'pm_card_visa', 1, 'authorise', 'requested', 0, 0, 0, 0, 0, 0, 0, now(), now())`,
      [bookingId, newId("pay"), customerId],
    ],
    [
      `update payment.payments set status = 'authorised', authorised_minor = amount_minor, version = 1,
        next_attempt_at = null, intent_id = $2, intent_state = 'authorised' where booking_id = $1`,
      [bookingId, `pi_${bookingId}`],
    ],
    event("payment", "payment.authorised.v1", facts),
  ];
}

function confirm(bookingId: string, facts: object, now: string): Statement[] {
  return [
    received("booking", "booking-payment_authorised_v1"),
    ["select * from booking.bookings where booking_id = $1 for update", [bookingId]],
    [
      "update booking.bookings set status = 'confirmed', saga_step = 'capture', version = 2 where booking_id = $1",
      [bookingId],
    ],
    happened(bookingId, 2, "confirmed", now),
    event("booking", "booking.confirmed.v1", facts),
  ];
}

function notify(bookingId: string, customerId: string, facts: object): Statement[] {
  return [
    received("notification", "notification-booking_confirmed_v1"),
    [
      `insert into notification.messages (message_id, user_id, template, booking_id, booking_version, data, created_at)
       values ($1, $2, 'booking-confirmed', $3, 2, $4, now())`,
      [newId("msg"), customerId, bookingId, JSON.stringify(facts)],
    ],
  ];
}
