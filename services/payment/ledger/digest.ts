/** Works out what the books of a closed day come to: the same entries give the same, whenever and wherever it is done. */
import assert from "node:assert";
import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { LedgerAccount, LedgerDayTotal } from "@holdfast/contracts/api/ledger";
import type { PaymentTables } from "../database.ts";

/** A day's books. */
export interface DayBooks {
  readonly day: string;
  readonly transactions: number;
  readonly entries: number;
  readonly hash: string;
  /** By account and currency, sorted; also of accounts that held something and did not move. */
  readonly totals: LedgerDayTotal[];
}

/** How the books stood when the day began. */
export type Opening = Pick<DayBooks, "hash" | "totals">;

/** Transactions read at once. */
const pageSize = 2_000;
/** What the first day goes on from. */
const noHash = "0".repeat(64);

export const emptyBooks: Opening = { hash: noHash, totals: [] };

function readPage(db: Kysely<PaymentTables>, day: string, after: string) {
  return db
    .selectFrom((inner) =>
      inner
        .selectFrom("ledger_transactions")
        .selectAll()
        .where("booked_on", "=", day)
        .where("id", ">", after as `ltx_${string}`)
        .orderBy("id")
        .limit(pageSize)
        .as("t"),
    )
    .innerJoin("ledger_entries as e", "e.transaction_id", "t.id")
    .select(["t.id", "t.kind", "t.cause", "t.booking_id", "t.vendor_id", "t.booked_on", "t.at"])
    .select(["e.position", "e.account", "e.currency", "e.amount_minor"])
    .orderBy("t.id")
    .orderBy("e.position")
    .execute();
}

type Row = Awaited<ReturnType<typeof readPage>>[number];

/** An entry as the hash takes it in: a JSON array, whose members' order is part of what a close means. */
function lineOf(row: Row): string {
  const { id, kind, cause, booking_id: bookingId, vendor_id: vendorId, booked_on: bookedOn, at } = row;
  const { position, account, currency, amount_minor: amountMinor } = row;
  const transaction = [id, kind, cause, bookingId, vendorId, bookedOn, at];
  return JSON.stringify([...transaction, position, account, currency, amountMinor]);
}

/** What moved on each account, beginning with what it held. */
class Totals {
  readonly #totals = new Map<string, { debit: bigint; credit: bigint; balance: bigint }>();

  constructor(opening: readonly LedgerDayTotal[]) {
    for (const { account, currency, balanceMinor } of opening) {
      this.#totals.set(`${account} ${currency}`, { debit: 0n, credit: 0n, balance: BigInt(balanceMinor) });
    }
  }

  add({ account, currency, amount_minor: amountMinor }: Row): void {
    const key = `${account} ${currency}`;
    const total = this.#totals.get(key) ?? { debit: 0n, credit: 0n, balance: 0n };
    const amount = BigInt(amountMinor);
    if (amount > 0n) total.debit += amount;
    else total.credit -= amount;
    total.balance += amount;
    this.#totals.set(key, total);
  }

  finish(): LedgerDayTotal[] {
    return [...this.#totals]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, { debit, credit, balance }]) => {
        const [account, currency = ""] = key.split(" ");
        return {
          account: account as LedgerAccount,
          currency,
          debitMinor: exact(debit),
          creditMinor: exact(credit),
          balanceMinor: exact(balance),
        };
      });
  }
}

function exact(amountMinor: bigint): number {
  assert(Number.isSafeInteger(Number(amountMinor)), "a day's totals are exact integers");
  return Number(amountMinor);
}

/** Reads a day that nothing can be posted on any more, a page at a time, so no day is too large. */
export async function digestDay(db: Kysely<PaymentTables>, day: string, opening: Opening): Promise<DayBooks> {
  const sum = createHash("sha256").update(`${opening.hash}\n${day}\n`);
  const totals = new Totals(opening.totals);
  const ids = { count: 0, last: "" };
  let entries = 0;
  for (;;) {
    const rows = await readPage(db, day, ids.last);
    for (const row of rows) {
      if (row.id !== ids.last) ids.count += 1;
      ids.last = row.id;
      entries += 1;
      sum.update(`${lineOf(row)}\n`);
      totals.add(row);
    }
    if (rows.length === 0) break;
  }
  return { day, transactions: ids.count, entries, hash: sum.digest("hex"), totals: totals.finish() };
}
