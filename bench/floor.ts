/**
 * The floor: one process that runs the SQL of a full saga with no gateway, tokens, HTTP, bus, or payment server between
 * the steps. Four transactions a saga, one saga a client at a time, as a single program with one database would.
 */
import { randomUUID } from "node:crypto";
import { insertManyDeferred } from "@holdfast/chassis/batch-sql";
import { createClock } from "@holdfast/chassis/clock";
import { openDatabase, type ChassisTables } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import { migrate } from "@holdfast/chassis/migrate";
import { createTransactor, type Transact, type UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Emitter } from "@holdfast/contracts/define-event";
import { paymentAuthorised } from "@holdfast/contracts/events/payment";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { PostgresHandle } from "@holdfast/testkit/servers/postgres";
import { sql } from "kysely";
import { takeBookings, type TakeBookingsDeps } from "../services/booking/bookings/take-bookings.ts";
import { Waiters } from "../services/booking/bookings/waiters.ts";
import type { BookingRow, BookingTables } from "../services/booking/database.ts";
import { applyPublished } from "../services/booking/resources/apply-resource-events.ts";
import { ResourceCache } from "../services/booking/resources/resource-cache.ts";
import { driveSagas } from "../services/booking/saga/drive-sagas.ts";
import { readPostgresCounters } from "./counters.ts";
import { summarise, type LoadResult } from "./load.ts";
import { deskRules, SlotDispenser } from "./world.ts";

export interface Floor {
  readonly load: LoadResult;
  readonly transactionsEach: number;
  readonly walBytesEach: number;
}

const log = createLogger("floor", "error");
const connectionsEach = 16;

/** Nothing is published: what the platform's relay does is left out of the floor. */
const silent = { publishAtOnce: () => undefined };

async function open<DB extends ChassisTables>(name: Emitter, url: string, stack: AsyncDisposableStack) {
  const database = stack.use(openDatabase<DB>({ url, poolSize: connectionsEach, log, applicationName: `floor-${name}` }));
  const directory = new URL(`../services/${name}/migrations/`, import.meta.url);
  await migrate({ pool: database.pool, directory, log });
  return createTransactor<DB>({ db: database.db, outbox: silent, log, name });
}

/** Runs `total` sagas with `clients` at a time in a database of its own on this Postgres. */
export async function measureFloor(
  postgres: PostgresHandle,
  of: { readonly clients: number; readonly total: number },
): Promise<Floor> {
  await using stack = new AsyncDisposableStack();
  const database = await postgres.createDatabase("bench_floor");
  const booking = await open<BookingTables>("booking", database.urlFor("booking"), stack);
  const payment = await open<ChassisTables>("payment", database.urlFor("payment"), stack);
  const notification = await open<ChassisTables>("notification", database.urlFor("notification"), stack);
  const clock = createClock({ test: false });
  const resources = new ResourceCache();
  const deps = { transact: booking, clock, resources };
  const slots = new SlotDispenser(await publishDesks(booking, 100));
  const latencies: number[] = [];
  const before = await readPostgresCounters(database.adminUrl);
  const begin = performance.now();
  let started = 0;
  const client = async () => {
    while (started < of.total) {
      started++;
      const sent = performance.now();
      const row = await hold(deps, slots);
      await authorise(payment, row);
      await confirm(booking, deps, row);
      await notify(notification, row);
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
}

async function publishDesks(booking: Transact<BookingTables>, count: number): Promise<Id<"res">[]> {
  const ids = Array.from({ length: count }, () => newId("res"));
  await booking((unit) =>
    applyPublished(
      unit,
      ids.map((resourceId) => ({
        id: newId("evt"),
        data: { resourceId, vendorId: newId("vnd"), vendorName: "Desks", version: 1, rules: deskRules },
        subject: resourceId,
        version: 1,
        time: Temporal.Now.instant().toString(),
        deliveries: 1,
      })),
    ),
  );
  return ids;
}

async function hold(deps: TakeBookingsDeps, slots: SlotDispenser): Promise<BookingRow> {
  const { resourceId, startsAt, endsAt } = slots.next();
  const customerId = newId("usr");
  const [outcome] = await takeBookings(deps, [
    {
      asked: { resourceId: resourceId as Id<"res">, startsAt, endsAt, quantity: 1, paymentMethod: "pm_card_visa" },
      customerId,
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      keyUse: { caller: customerId, key: randomUUID(), hash: "floor" },
    },
  ]);
  if (!outcome || !("value" in outcome) || outcome.value.kind !== "new") throw new Error("the floor's slots are all free");
  return outcome.value.booking.row;
}

/** The row of a consumed event. */
function take(unit: UnitOfWork<ChassisTables>, consumer: string): Promise<void> {
  return insertManyDeferred(unit.tx, "inbox", [{ consumer, event_id: newId("evt") }]);
}

async function authorise(payment: Transact<ChassisTables>, row: BookingRow): Promise<void> {
  const paymentId = newId("pay");
  await payment(async (unit) => {
    await take(unit, "payment-booking_held_v1");
    await sql`
      insert into payments (booking_id, id, customer_id, amount_minor, currency, payment_method, booking_version, asked, status,
        authorised_minor, captured_minor, refunded_minor, version, calls, failures, looks, next_attempt_at, created_at)
      values (${row.booking_id}, ${paymentId}, ${row.customer_id}, ${row.total_minor}, ${row.currency}, 'pm_card_visa', 1,
        'authorise', 'requested', 0, 0, 0, 0, 0, 0, 0, now(), now())`.execute(unit.tx);
    await sql`
      update payments set status = 'authorised', authorised_minor = amount_minor, version = 1, next_attempt_at = null,
        intent_id = ${`pi_${row.booking_id}`}, intent_state = 'authorised'
      where booking_id = ${row.booking_id}`.execute(unit.tx);
    unit.announce(paymentAuthorised, {
      subject: paymentId,
      version: 1,
      data: { paymentId, bookingId: row.booking_id, authorised: { amountMinor: row.total_minor, currency: row.currency } },
      time: Temporal.Now.instant(),
    });
  });
}

async function confirm(booking: Transact<BookingTables>, deps: TakeBookingsDeps, row: BookingRow): Promise<void> {
  await booking(async (unit) => {
    await insertManyDeferred(unit.tx, "inbox", [{ consumer: "booking-payment_authorised_v1", event_id: newId("evt") }]);
    const sagaDeps = { ...deps, waiters: new Waiters(unit.tx) };
    await driveSagas(sagaDeps, unit, [
      { bookingId: row.booking_id, message: { kind: "authorised", by: "payment" } },
    ]);
  });
}

async function notify(notification: Transact<ChassisTables>, row: BookingRow): Promise<void> {
  await notification(async (unit) => {
    await take(unit, "notification-booking_confirmed_v1");
    await sql`
      insert into messages (message_id, user_id, template, booking_id, booking_version, data, created_at)
      values (${newId("msg")}, ${row.customer_id}, 'booking-confirmed', ${row.booking_id}, 2, ${JSON.stringify(row)}, now())`.execute(
      unit.tx,
    );
  });
}
