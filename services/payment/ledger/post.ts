/** Writes transactions into the ledger: each cause once, on an open day, by one statement. */
import assert from "node:assert";
import { deferred } from "@holdfast/chassis/pipelined-pool";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import { type Account, type Posting, postingKinds } from "./accounts.ts";

/**
 * A statement of its own before the other, which then sees every day closed until now: whoever closes one waits for all
 * who post, and they for them. The lock is one that readers of the table and other posters do not notice.
 */
const lockText = "lock table ledger_closed_days in row share mode";

/** Only what is new gets entries, so the same cause again changes nothing, also while the first is not committed yet. */
const postedText = `
with posted as (
  insert into ledger_transactions (id, kind, cause, booking_id, vendor_id, booked_on, at)
  select id, kind, cause, booking_id, vendor_id,
    greatest((at at time zone 'utc')::date, (select max(day) + 1 from ledger_closed_days)), at
  from json_populate_recordset(null::ledger_transactions, $1)
  on conflict (cause, kind) do nothing
  returning id
)`;

/**
 * Items of vendors, for the few postings that make some; frozen while a dispute about their booking is open. Whoever records
 * a dispute and whoever settles a booking hold the lock of its charges, so neither overlooks the other.
 */
const itemsText = `,
items as (
  insert into vendor_items
    (transaction_id, kind, vendor_id, booking_id, currency, payable_minor, tax_minor, available_at, frozen)
  select transaction_id, kind, vendor_id, booking_id, currency, payable_minor, tax_minor, available_at,
    exists (select from disputes d where d.booking_id = item.booking_id and d.state = 'open')
  from json_populate_recordset(null::vendor_items, $3) item
  where transaction_id in (select id from posted)
)`;

const entriesText = `
insert into ledger_entries (transaction_id, position, account, currency, amount_minor)
select transaction_id, position, account, currency, amount_minor
from json_populate_recordset(null::ledger_entries, $2)
where transaction_id in (select id from posted)`;

/** What the posting does to what a vendor is owed, its tax apart; null where that is nothing. */
export function owedBy({ kind, entries }: Pick<Posting, "kind" | "entries">): {
  readonly payable: number;
  readonly tax: number;
} | null {
  const sumOf = (account: Account) =>
    entries.reduce((sum, entry) => (entry.account === account ? sum - entry.amountMinor : sum), 0);
  const [payable, tax] = [sumOf("vendor-payable"), sumOf("tax")];
  return !postingKinds[kind].owes || (payable === 0 && tax === 0) ? null : { payable, tax };
}

function itemOf(transactionId: Id<"ltx">, posting: Posting, availableAt: string): object | null {
  const { kind, vendorId, bookingId, entries } = posting;
  const owed = owedBy(posting);
  if (owed === null) return null;
  const currencies = new Set(entries.map(({ currency }) => currency));
  assert(vendorId !== null && currencies.size === 1, "an item is one vendor's, in one currency");
  return {
    transaction_id: transactionId,
    kind,
    vendor_id: vendorId,
    booking_id: bookingId,
    currency: entries[0]?.currency,
    payable_minor: owed.payable,
    tax_minor: owed.tax,
    available_at: availableAt,
  };
}

function checked(posting: Posting): Posting {
  const allowed: readonly string[] = postingKinds[posting.kind].moves;
  assert(
    posting.entries.every(({ account }) => allowed.includes(account)),
    `a ${posting.kind} does not move these accounts`,
  );
  return posting;
}

/**
 * Posts the transactions, in their order, with the unit's own: they are true together or not at all. What has been posted
 * under the same kind and cause is left out. What a vendor is owed thereby becomes an item of theirs. The day is that of `time` in UTC, or the first that is not closed. Nobody
 * waits for the answer: a posting that the database refuses fails the unit's next statement, or its commit.
 */
export async function post(
  { tx }: Pick<UnitOfWork<PaymentTables>, "tx">,
  postings: readonly Posting[],
  time: Temporal.Instant,
): Promise<void> {
  if (postings.length === 0) return;
  const at = time.toString();
  const transactions: object[] = [];
  const entries: object[] = [];
  const items: object[] = [];
  for (const posting of postings) {
    const { kind, cause, bookingId, vendorId } = checked(posting);
    const id = newId("ltx");
    transactions.push({ id, kind, cause, booking_id: bookingId, vendor_id: vendorId, at });
    for (const [index, { account, currency, amountMinor }] of posting.entries.entries()) {
      const position = index + 1;
      entries.push({ transaction_id: id, position, account, currency, amount_minor: amountMinor });
    }
    const item = itemOf(id, posting, at);
    if (item !== null) items.push(item);
  }
  await tx.executeQuery(deferred(lockText, []));
  const written = [JSON.stringify(transactions), JSON.stringify(entries)];
  if (items.length === 0) await tx.executeQuery(deferred(postedText + entriesText, written));
  else {
    const text = postedText + itemsText + entriesText;
    await tx.executeQuery(deferred(text, [...written, JSON.stringify(items)]));
  }
}
