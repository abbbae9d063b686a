import { z } from "zod";
import type { KeptRecord, KeptTable } from "../state/journal.ts";
import { keepTransaction, type BalanceSums } from "./balance-transactions.ts";
import { clearAccount, finish, type Account } from "./account.ts";
import type { EventObject } from "./events.ts";
import type { IdempotencyEntry } from "./idempotency.ts";
import type { LedgerTotals } from "./ledger.ts";
import type { BalanceTransaction } from "./objects.ts";
import type { Shelf } from "./shelf.ts";
import { keepTransfer } from "./transfers.ts";
import type { World } from "./world.ts";

const over = ["succeeded", "canceled"];

/** What is read was written by `value` of the same table, so its members are checked as far as others lean on them. */
function kept<T>(shape: z.ZodType): z.ZodType<T> {
  return z.custom<T>((value) => shape.safeParse(value).success, "is not what the stand-in keeps");
}

const versioned = z.looseObject({ id: z.string(), object: z.looseObject({ id: z.string() }) });
const ids = z.array(z.string());
const intentShape = versioned.extend({
  object: z.looseObject({ id: z.string(), status: z.string(), currency: z.string(), amount: z.int() }),
  authorisedMinor: z.int(),
  voidedMinor: z.int(),
  refundedMinor: z.int(),
  chargeIds: ids,
  refundIds: ids,
  paymentMethodIds: ids,
});
const methodShape = versioned.extend({ card: z.looseObject({ last4: z.string() }) });
const accountShape = versioned.extend({ requested: ids, held: z.record(z.string(), z.int()) });
const linkShape = z.looseObject({ id: z.string(), account: z.string(), isUsed: z.boolean() });
const transferShape = versioned.extend({ reversalIds: ids });
const transactionShape = versioned.extend({
  object: z.looseObject({ id: z.string(), source: z.string().nullable() }),
  payout: z.string().nullable(),
});
const eventSchema = kept<EventObject>(
  z.looseObject({ id: z.string(), type: z.string(), pending_webhooks: z.int() }),
);
const keySchema = kept<IdempotencyEntry>(
  z.object({
    id: z.string(),
    path: z.string(),
    rawBody: z.string(),
    answer: z.looseObject({ status: z.int(), body: z.looseObject({}), requestId: z.string() }),
  }),
);
const totalsSchema = kept<{ currency: string; totals: LedgerTotals }>(
  z.object({ currency: z.string(), totals: z.looseObject({ intents: z.int() }) }),
);

const balanceSchema = kept<{ currency: string; sums: BalanceSums }>(
  z.object({ currency: z.string(), sums: z.looseObject({ available: z.int(), fees: z.int() }) }),
);
/** Objects are replaced and never changed in place, so an object is its record's version. */
function* byObject(
  records: Iterable<{ readonly id: string; readonly object: object }>,
): Generator<KeptRecord> {
  for (const record of records) yield { id: record.id, version: record.object, value: () => record };
}

function* eventRecords({ events }: Account): Generator<KeptRecord> {
  for (const { id, object } of events.oldestFirst()) {
    yield { id, version: object.pending_webhooks, value: () => object };
  }
}

function* keyRecords({ keys }: World): Generator<KeptRecord> {
  // A request under way has no answer to keep; after a kill its caller asks again.
  for (const entry of keys.entries()) {
    if (entry.answer !== null) yield { id: entry.id, version: entry.answer, value: () => entry };
  }
}

function* forgottenRecords({ forgotten }: Account): Generator<KeptRecord> {
  for (const [currency, totals] of forgotten) {
    yield { id: currency, version: totals, value: () => ({ currency, totals }) };
  }
}

function* balanceRecords({ balances }: Account): Generator<KeptRecord> {
  for (const [currency, sums] of balances) {
    yield { id: currency, version: sums, value: () => ({ currency, sums }) };
  }
}

function* transactionRecords({ balanceTransactions }: Account): Generator<KeptRecord> {
  for (const transaction of balanceTransactions.oldestFirst()) {
    yield { id: transaction.id, version: transaction.payout, value: () => transaction };
  }
}

/** A table of what sits on a shelf. */
function shelfTable<T extends { readonly id: string; readonly object: object }>(
  name: string,
  shelf: Shelf<T>,
  shape: z.ZodType = versioned,
  restore: (item: T) => void = (item) => shelf.put(item),
): KeptTable {
  const schema = kept<T>(shape);
  return {
    name,
    records: () => byObject(shelf.oldestFirst()),
    restore: (value) => restore(schema.parse(value)),
  };
}

/** What outlives a restart of the stand-in: all of the account and its idempotency keys; neither switches nor the log. */
export function keptTables(world: World): KeptTable[] {
  const { account } = world;
  return [
    {
      name: "forgotten",
      records: () => forgottenRecords(account),
      restore: (value) => {
        const { currency, totals } = totalsSchema.parse(value);
        account.forgotten.set(currency, totals);
      },
    },
    {
      name: "balance",
      records: () => balanceRecords(account),
      restore: (value) => {
        const { currency, sums } = balanceSchema.parse(value);
        account.balances.set(currency, sums);
      },
    },
    shelfTable("customer", account.customers),
    shelfTable("payment_method", account.paymentMethods, methodShape),
    shelfTable("charge", account.charges),
    shelfTable("refund", account.refunds),
    shelfTable("account", account.accounts, accountShape),
    shelfTable("account_link", account.accountLinks, linkShape),
    shelfTable("transfer", account.transfers, transferShape, (transfer) => keepTransfer(account, transfer)),
    shelfTable("transfer_reversal", account.transferReversals),
    shelfTable("dispute", account.disputes),
    shelfTable("payout", account.payouts),
    {
      name: "balance_transaction",
      records: () => transactionRecords(account),
      restore: (value) => keepTransaction(account, kept<BalanceTransaction>(transactionShape).parse(value)),
    },
    shelfTable("intent", account.intents, intentShape, (intent) => {
      account.intents.put(intent);
      if (over.includes(intent.object.status)) finish(account, intent);
    }),
    {
      name: "idempotency_key",
      records: () => keyRecords(world),
      restore: (value) => world.keys.restore(keySchema.parse(value)),
    },
    {
      name: "event",
      records: () => eventRecords(account),
      restore: (value) => {
        const object = eventSchema.parse(value);
        account.events.put({ id: object.id, object });
      },
    },
  ];
}

/** Sends what an earlier run announced and could not deliver. */
export function sendUndelivered({ account, order }: World): void {
  for (const event of account.events.oldestFirst()) {
    if (event.object.pending_webhooks > 0) order.accept(event);
  }
}

/** Empties what `keptTables` restores. */
export function clearKept({ account, keys }: World): void {
  clearAccount(account);
  keys.clear();
}
