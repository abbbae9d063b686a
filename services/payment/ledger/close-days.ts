/** Closes days that are over, in their order, each one once. */
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { booksOf } from "./closes.ts";

export interface CloseDeps {
  readonly db: Kysely<PaymentTables>;
  readonly transact: Transact<PaymentTables>;
}

/** Whoever posts waits for whoever waits to close: never for longer than this, and the next sweep tries again. */
const lockWaitMs = 2_000;

interface Standing {
  readonly first_day: string | null;
  readonly last_fenced: string | null;
  readonly last_closed: string | null;
}

/** The next day to be closed, and whether it is open still; null where the ledger is empty. */
async function nextDay(db: Kysely<PaymentTables>): Promise<{ day: string; isOpen: boolean } | null> {
  const { rows } = await sql<Standing>`select
    (select booked_on from ledger_transactions order by booked_on limit 1) as first_day,
    (select max(day) from ledger_closed_days) as last_fenced,
    (select max(day) from ledger_closes) as last_closed`.execute(db);
  const { first_day: first = null, last_fenced: fenced = null, last_closed: closed = null } = rows[0] ?? {};
  if (first === null) return null;
  const day = closed === null ? first : Temporal.PlainDate.from(closed).add({ days: 1 }).toString();
  return { day, isOpen: fenced === null || fenced < day };
}

/**
 * Lets nothing more be posted on the day: waits for every transaction that is posting, while those that come wait for
 * this one. It writes one row and is over; the books are worked out afterwards, from what cannot change any more.
 */
async function fence({ transact }: CloseDeps, day: string): Promise<void> {
  await transact(async ({ tx }) => {
    await sql`set local lock_timeout = ${sql.lit(lockWaitMs)}`.execute(tx);
    await sql`insert into ledger_closed_days (day) values (${day}) on conflict do nothing`.execute(tx);
  });
}

async function writeClose({ db, transact }: CloseDeps, day: string): Promise<void> {
  const { totals, transactions, entries, hash } = await booksOf(db, day);
  await transact(async ({ tx }) => {
    const close = [{ day, transactions, entries, hash }];
    const isNew = await insertMany<PaymentTables, "ledger_closes">(tx, "ledger_closes", close, {
      skipConflicts: true,
    });
    if (isNew === 0) return;
    const rows = totals.map(({ account, currency, debitMinor, creditMinor, balanceMinor }) => ({
      day,
      account,
      currency,
      debit_minor: debitMinor,
      credit_minor: creditMinor,
      balance_minor: balanceMinor,
    }));
    await insertMany<PaymentTables, "ledger_close_totals">(tx, "ledger_close_totals", rows);
  });
}

/** Closes the next day that is over in UTC, from the first that anything was posted on. Is there perhaps another one? */
export async function closeNextDay(deps: CloseDeps, now: Temporal.Instant): Promise<boolean> {
  const next = await nextDay(deps.db);
  const today = now.toZonedDateTimeISO("UTC").toPlainDate().toString();
  if (next === null || next.day >= today) return false;
  if (next.isOpen) await fence(deps, next.day);
  await writeClose(deps, next.day);
  return true;
}
