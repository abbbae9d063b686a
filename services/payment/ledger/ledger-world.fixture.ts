/** The ledger in a database of its own, and ways to post into it. */
import { openMigratedDatabase } from "@holdfast/chassis/migrated-database.fixture";
import { type Database, openDatabase } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import { createTransactor, type Transact } from "@holdfast/chassis/unit-of-work";
import { newId } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import type { Posting } from "./accounts.ts";
import { post } from "./post.ts";

const migrations = new URL("../migrations/", import.meta.url);

export type LedgerWorld = Awaited<ReturnType<typeof openLedgerWorld>>;

/** A capture of a booking of its own. */
export function captureOf(amountMinor: number, cause: string = newId("pay"), currency = "EUR"): Posting {
  return {
    kind: "capture",
    cause,
    bookingId: newId("bkg"),
    vendorId: newId("vnd"),
    entries: [
      { account: "stripe", currency, amountMinor },
      { account: "guest", currency, amountMinor: -amountMinor },
    ],
  };
}

const log = createLogger("test", "silent");

/** Transactions of whoever works on a database beside the service. */
function transactorOf(db: Database<PaymentTables>["db"]): Transact<PaymentTables> {
  const outbox = { publishAtOnce: () => undefined };
  return createTransactor<PaymentTables>({ db, outbox, log, name: "payment" });
}

/** The database of a service that is running. */
export function openLedgerBeside(url: string) {
  const database = openDatabase<PaymentTables>({ url, poolSize: 2, log, applicationName: "test" });
  const { db } = database;
  return {
    db,
    transact: transactorOf(db),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

export async function openLedgerWorld() {
  const database = await openMigratedDatabase<PaymentTables>("payment", migrations);
  const { db, pool } = database;
  const transact = transactorOf(db);
  return {
    db,
    pool,
    transact,
    /** Posts in a transaction of its own. */
    post: (postings: readonly Posting[], at = "2030-05-05T12:00:00Z") =>
      transact((unit) => post(unit, postings, Temporal.Instant.from(at))),
    posted: (cause: string) =>
      db
        .selectFrom("ledger_transactions as t")
        .innerJoin("ledger_entries as e", "e.transaction_id", "t.id")
        .select(["t.kind", "t.booked_on", "e.account", "e.currency", "e.amount_minor"])
        .where("t.cause", "=", cause)
        .orderBy("t.id")
        .orderBy("e.position")
        .execute(),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
