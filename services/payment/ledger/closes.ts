/** Reads closed days. */
import type { LedgerAccount } from "@holdfast/contracts/api/ledger";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { type DayBooks, digestDay, emptyBooks, type Opening } from "./digest.ts";

type Db = Kysely<PaymentTables>;

/** A close as it was written; null where the day is not closed. */
export async function readClose(db: Db, day: string): Promise<(DayBooks & { closedAt: string }) | null> {
  const close = await db.selectFrom("ledger_closes").selectAll().where("day", "=", day).executeTakeFirst();
  if (close === undefined) return null;
  const totals = await db
    .selectFrom("ledger_close_totals")
    .selectAll()
    .where("day", "=", day)
    .orderBy("account")
    .orderBy("currency")
    .execute();
  return {
    day: close.day,
    transactions: close.transactions,
    entries: close.entries,
    hash: close.hash,
    closedAt: close.closed_at,
    totals: totals.map((row) => ({
      account: row.account as LedgerAccount,
      currency: row.currency,
      debitMinor: row.debit_minor,
      creditMinor: row.credit_minor,
      balanceMinor: row.balance_minor,
    })),
  };
}

function dayBefore(day: string): string {
  return Temporal.PlainDate.from(day).subtract({ days: 1 }).toString();
}

/** How the books stood when this day began: as the day before was closed. */
async function openingOf(db: Db, day: string): Promise<Opening> {
  return (await readClose(db, dayBefore(day))) ?? emptyBooks;
}

/** What the books of a closed day come to, as they are found now. */
export async function booksOf(db: Db, day: string): Promise<DayBooks> {
  return digestDay(db, day, await openingOf(db, day));
}
