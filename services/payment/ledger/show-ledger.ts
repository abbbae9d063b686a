/** Shows administrators what the accounts hold, and the transactions that made it so. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import { answer, type Call } from "@holdfast/chassis/endpoint";
import type {
  getLedgerBalances,
  LedgerAccount,
  LedgerTransaction,
  listLedgerTransactions,
} from "@holdfast/contracts/api/ledger";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";

interface Deps {
  readonly db: Kysely<PaymentTables>;
}

interface Balance {
  readonly account: LedgerAccount;
  readonly currency: string;
  readonly balanceMinor: number;
}

/** As the last closed day ended, and what was posted since: so of all there is only the days since are read. */
async function allBalances({ db }: Deps): Promise<Balance[]> {
  const { rows } = await sql<Balance>`
    with last as (select max(day) as day from ledger_closes)
    select account, currency, sum(amount)::bigint as "balanceMinor" from (
      select account, currency, balance_minor as amount from ledger_close_totals
      where day = (select day from last)
      union all
      select e.account, e.currency, e.amount_minor from ledger_transactions t
      join ledger_entries e on e.transaction_id = t.id
      where t.booked_on > coalesce((select day from last), '-infinity')
    ) moved group by account, currency order by account, currency`.execute(db);
  return rows;
}

async function balancesOf(
  { db }: Deps,
  { bookingId, vendorId }: Call<typeof getLedgerBalances>["query"],
): Promise<Balance[]> {
  const rows = await db
    .selectFrom("ledger_transactions as t")
    .innerJoin("ledger_entries as e", "e.transaction_id", "t.id")
    .$if(bookingId !== undefined, (all) => all.where("t.booking_id", "=", bookingId!))
    .$if(vendorId !== undefined, (all) => all.where("t.vendor_id", "=", vendorId!))
    .select(["e.account", "e.currency", sql<number>`sum(e.amount_minor)::bigint`.as("balanceMinor")])
    .groupBy(["e.account", "e.currency"])
    .orderBy("e.account")
    .orderBy("e.currency")
    .execute();
  return rows;
}

export async function showBalances(deps: Deps, { query }: Call<typeof getLedgerBalances>) {
  const isOfAll = query.bookingId === undefined && query.vendorId === undefined;
  return answer({ items: isOfAll ? await allBalances(deps) : await balancesOf(deps, query) });
}

type Asked = Call<typeof listLedgerTransactions>["query"];

/** One row more than asked for, which says whether there is a next page. */
function selectTransactions({ db }: Deps, asked: Asked) {
  let query = db
    .selectFrom("ledger_transactions as t")
    .selectAll()
    .orderBy("id", "desc")
    .limit(asked.limit + 1);
  if (asked.bookingId !== undefined) query = query.where("booking_id", "=", asked.bookingId);
  if (asked.vendorId !== undefined) query = query.where("vendor_id", "=", asked.vendorId);
  if (asked.day !== undefined) query = query.where("booked_on", "=", asked.day);
  // Written into the statement, so that the indexes of what is rare are known to hold it.
  if (asked.kind !== undefined) query = query.where(sql<boolean>`kind = ${sql.lit(asked.kind)}`);
  if (asked.after !== undefined) query = query.where("id", "<", readCursor("ltx", asked.after));
  const { account } = asked;
  if (account === undefined) return query;
  const isOnlyFilter = [asked.bookingId, asked.vendorId, asked.day, asked.kind].every(
    (one) => one === undefined,
  );
  const ofAccount = sql<boolean>`account = ${sql.lit(account)}`;
  if (isOnlyFilter && !isCommon(account)) {
    const before =
      asked.after === undefined ? sql`` : sql`and transaction_id < ${readCursor("ltx", asked.after)}`;
    return query.where(sql<boolean>`id in (select distinct transaction_id from ledger_entries
      where ${ofAccount} ${before} order by transaction_id desc limit ${asked.limit + 1})`);
  }
  return query.where(
    sql<boolean>`exists (select from ledger_entries e where e.transaction_id = t.id and ${ofAccount})`,
  );
}

/** Nearly every transaction moves one of these: going back from the newest finds them, and they have no index. */
function isCommon(account: LedgerAccount): boolean {
  return account === "stripe" || account === "stripe-fee" || account === "guest";
}

async function entriesOf({ db }: Deps, ids: readonly LedgerTransaction["transactionId"][]) {
  const rows = await db
    .selectFrom("ledger_entries")
    .selectAll()
    .where("transaction_id", "=", (eb) => eb.fn.any(eb.val([...ids])))
    .orderBy("transaction_id")
    .orderBy("position")
    .execute();
  return Map.groupBy(rows, ({ transaction_id: transactionId }) => transactionId);
}

/** @throws requestInvalid for a cursor that is none of this list's */
export async function listTransactions(deps: Deps, { query }: Call<typeof listLedgerTransactions>) {
  const rows = await selectTransactions(deps, query).execute();
  const shown = rows.slice(0, query.limit);
  const entries = await entriesOf(
    deps,
    shown.map(({ id }) => id),
  );
  const items = shown.map((row): LedgerTransaction => ({
    transactionId: row.id,
    kind: row.kind,
    cause: row.cause,
    bookedOn: row.booked_on,
    at: row.at,
    bookingId: row.booking_id,
    vendorId: row.vendor_id,
    entries: (entries.get(row.id) ?? []).map(({ account, currency, amount_minor: amountMinor }) => {
      return { account, currency, amountMinor };
    }),
  }));
  const last = items.at(-1);
  const isMore = last !== undefined && rows.length > items.length;
  return answer({ items, next: isMore ? cursorOf(last.transactionId) : null });
}
