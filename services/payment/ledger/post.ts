/** Writes transactions into the ledger: each cause once, on an open day, by one statement. */
import assert from "node:assert";
import { deferred } from "@holdfast/chassis/pipelined-pool";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { newId } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import { type Posting, postingKinds } from "./accounts.ts";

/**
 * A statement of its own before the other, which then sees every day closed until now: whoever closes one waits for all
 * who post, and they for them. The lock is one that readers of the table and other posters do not notice.
 */
const lockText = "lock table ledger_closed_days in row share mode";

/** Only what is new gets entries, so the same cause again changes nothing, also while the first is not committed yet. */
const postText = `
with posted as (
  insert into ledger_transactions (id, kind, cause, booking_id, vendor_id, booked_on, at)
  select id, kind, cause, booking_id, vendor_id,
    greatest((at at time zone 'utc')::date, (select max(day) + 1 from ledger_closed_days)), at
  from json_populate_recordset(null::ledger_transactions, $1)
  on conflict (cause, kind) do nothing
  returning id
)
insert into ledger_entries (transaction_id, position, account, currency, amount_minor)
select transaction_id, position, account, currency, amount_minor
from json_populate_recordset(null::ledger_entries, $2)
where transaction_id in (select id from posted)`;

function checked(posting: Posting): Posting {
  const allowed: readonly string[] = postingKinds[posting.kind];
  assert(
    posting.entries.every(({ account }) => allowed.includes(account)),
    `a ${posting.kind} does not move these accounts`,
  );
  return posting;
}

/**
 * Posts the transactions, in their order, with the unit's own: they are true together or not at all. What has been posted
 * under the same kind and cause is left out. The day is that of `time` in UTC, or the first that is not closed. Nobody
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
  for (const posting of postings) {
    const { kind, cause, bookingId, vendorId } = checked(posting);
    const id = newId("ltx");
    transactions.push({ id, kind, cause, booking_id: bookingId, vendor_id: vendorId, at });
    for (const [index, { account, currency, amountMinor }] of posting.entries.entries()) {
      const position = index + 1;
      entries.push({ transaction_id: id, position, account, currency, amount_minor: amountMinor });
    }
  }
  await tx.executeQuery(deferred(lockText, []));
  await tx.executeQuery(deferred(postText, [JSON.stringify(transactions), JSON.stringify(entries)]));
}
