/**
 * A vendor's statement: what the ledger's accounts vendor-payable and tax held for the vendor before the first day, each
 * transaction that moved them, and what they hold after the last. Nothing is computed twice, so it balances with the books.
 */
import type { VendorStatement } from "@holdfast/contracts/api/earnings";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { PostingKind } from "../ledger/accounts.ts";
import { statementTooLarge } from "../problems.ts";

/** Which vendor's, and which days, both included. */
export interface StatementAsked {
  readonly vendorId: Id<"vnd">;
  readonly from: string;
  readonly to: string;
}

const linesMax = 10_000;

type Line = VendorStatement["currencies"][number]["lines"][number];

interface LineRow extends Omit<Line, "balanceMinor" | "kind"> {
  readonly kind: PostingKind;
  readonly currency: string;
}

/** The line of a row, whose currency stands above it. */
function lineOf(row: LineRow): Omit<Line, "balanceMinor"> {
  const { on, at, kind, transactionId, bookingId, transferId } = row;
  const { takenMinor, commissionMinor, taxMinor, amountMinor } = row;
  return {
    on,
    at,
    kind,
    transactionId,
    bookingId,
    transferId,
    takenMinor,
    commissionMinor,
    taxMinor,
    amountMinor,
  };
}

/** Of one vendor; a transaction that does not move what it is owed has no line. */
async function linesOf(
  db: Kysely<PaymentTables>,
  { vendorId, from, to }: StatementAsked,
): Promise<LineRow[]> {
  const { rows } = await sql<LineRow>`
    select t.booked_on::text as "on", t.at, t.kind, t.id as "transactionId", e.currency,
      t.booking_id as "bookingId",
      case when t.kind = 'transfer' then t.cause else i.transfer_id end as "transferId",
      coalesce(sum(e.amount_minor) filter (where e.account in ('guest', 'refunds')), 0)::bigint as "takenMinor",
      coalesce(-sum(e.amount_minor) filter (where e.account = 'platform-fee'), 0)::bigint as "commissionMinor",
      coalesce(-sum(e.amount_minor) filter (where e.account = 'tax'), 0)::bigint as "taxMinor",
      -sum(e.amount_minor) filter (where e.account in ('vendor-payable', 'tax'))::bigint as "amountMinor"
    from ledger_transactions t join ledger_entries e on e.transaction_id = t.id
    left join vendor_items i on i.transaction_id = t.id
    where t.vendor_id = ${vendorId} and t.booked_on between ${from}::date and ${to}::date
    group by t.id, e.currency, i.transfer_id
    having bool_or(e.account in ('vendor-payable', 'tax'))
    order by e.currency, t.booked_on, t.id
    limit ${linesMax + 1}`.execute(db);
  return rows;
}

async function openingsOf(
  db: Kysely<PaymentTables>,
  { vendorId, from }: StatementAsked,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ currency: string; owed: number }>`
    select e.currency, -sum(e.amount_minor)::bigint as owed
    from ledger_transactions t join ledger_entries e on e.transaction_id = t.id
    where t.vendor_id = ${vendorId} and t.booked_on < ${from}::date and e.account in ('vendor-payable', 'tax')
    group by e.currency`.execute(db);
  return new Map(rows.map(({ currency, owed }) => [currency, owed]));
}

/** Both read one snapshot. @throws statementTooLarge */
export async function readStatement(
  db: Kysely<PaymentTables>,
  asked: StatementAsked,
): Promise<VendorStatement> {
  const { openings, rows } = await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => ({ openings: await openingsOf(tx, asked), rows: await linesOf(tx, asked) }));
  if (rows.length > linesMax)
    throw statementTooLarge(`It would have more than ${linesMax} lines; narrow it by from and to.`);
  const currencies = [...new Set([...openings.keys(), ...rows.map(({ currency }) => currency)])].toSorted();
  return {
    ...asked,
    currencies: currencies.map((currency) => {
      const openingMinor = openings.get(currency) ?? 0;
      let balanceMinor = openingMinor;
      const lines = rows
        .filter((row) => row.currency === currency)
        .map((row): Line => {
          balanceMinor += row.amountMinor;
          return { ...lineOf(row), balanceMinor };
        });
      return { currency, openingMinor, lines, closingMinor: balanceMinor };
    }),
  };
}
