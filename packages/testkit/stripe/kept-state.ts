import { z } from "zod";
import type { KeptRecord, KeptTable } from "../state/journal.ts";
import { keepTransaction, type BalanceSums } from "./balance-transactions.ts";
import { clearAccount, finish, type Account } from "./account.ts";
import type { EventObject } from "./events.ts";
import type { IdempotencyEntry } from "./idempotency.ts";
import type { LedgerTotals } from "./ledger.ts";
import type { BalanceTransaction, Charge, Customer, Intent, PaymentMethod, Refund } from "./objects.ts";
import type { World } from "./world.ts";

const over = ["succeeded", "canceled"];

/** What is read was written by `value` of the same table, so its members are checked as far as others lean on them. */
function kept<T>(shape: z.ZodType): z.ZodType<T> {
  return z.custom<T>((value) => shape.safeParse(value).success, "is not what the stand-in keeps");
}

const versioned = z.looseObject({ id: z.string(), object: z.looseObject({ id: z.string() }) });
const ids = z.array(z.string());
const intentSchema = kept<Intent>(
  versioned.extend({
    object: z.looseObject({ id: z.string(), status: z.string(), currency: z.string(), amount: z.int() }),
    authorisedMinor: z.int(),
    voidedMinor: z.int(),
    refundedMinor: z.int(),
    chargeIds: ids,
    refundIds: ids,
    paymentMethodIds: ids,
  }),
);
const methodSchema = kept<PaymentMethod>(versioned.extend({ card: z.looseObject({ last4: z.string() }) }));
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
const transactionSchema = kept<BalanceTransaction>(
  versioned.extend({
    object: z.looseObject({ id: z.string(), source: z.string().nullable() }),
    payout: z.string().nullable(),
  }),
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

/** What outlives a restart of the stand-in: all of the account and its idempotency keys; neither switches nor the log. */
export function keptTables(world: World): KeptTable[] {
  const { account } = world;
  const { customers, paymentMethods, charges, refunds, intents } = account;
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
      name: "customer",
      records: () => byObject(customers.oldestFirst()),
      restore: (value) => customers.put(kept<Customer>(versioned).parse(value)),
    },
    {
      name: "payment_method",
      records: () => byObject(paymentMethods.oldestFirst()),
      restore: (value) => paymentMethods.put(methodSchema.parse(value)),
    },
    {
      name: "charge",
      records: () => byObject(charges.oldestFirst()),
      restore: (value) => charges.put(kept<Charge>(versioned).parse(value)),
    },
    {
      name: "refund",
      records: () => byObject(refunds.oldestFirst()),
      restore: (value) => refunds.put(kept<Refund>(versioned).parse(value)),
    },
    {
      name: "balance",
      records: () => balanceRecords(account),
      restore: (value) => {
        const { currency, sums } = balanceSchema.parse(value);
        account.balances.set(currency, sums);
      },
    },
    {
      name: "balance_transaction",
      records: () => transactionRecords(account),
      restore: (value) => keepTransaction(account, transactionSchema.parse(value)),
    },
    {
      name: "intent",
      records: () => byObject(intents.oldestFirst()),
      restore: (value) => {
        const intent = intentSchema.parse(value);
        intents.put(intent);
        if (over.includes(intent.object.status)) finish(account, intent);
      },
    },
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
