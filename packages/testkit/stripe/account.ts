import type { Stripe } from "stripe";
import { forgetTransactionsOf, type BalanceSums } from "./balance-transactions.ts";
import type {
  AccountLink,
  BalanceTransaction,
  Charge,
  ConnectedAccount,
  Customer,
  Dispute,
  Intent,
  PaymentMethod,
  Payout,
  Refund,
  Transfer,
  TransferReversal,
} from "./objects.ts";
import { newEvent, type Announcement, type EventRecord } from "./events.ts";
import { forgetTotals, type LedgerTotals } from "./ledger.ts";
import { Shelf } from "./shelf.ts";
import type { Pricing } from "./switches.ts";

/** How much the stand-in remembers; the oldest go first. */
export interface Bounds {
  /** Intents kept. Only finished ones are dropped, with their charges and refunds. Default 200,000. */
  readonly intents: number;
  /** Events kept for listing. Default 100,000. */
  readonly events: number;
  /** Idempotency keys kept. Default 100,000. */
  readonly idempotencyKeys: number;
  /** Customers kept. Default 100,000. */
  readonly customers: number;
  /** Connected accounts; more are refused, and older links to onboarding are dropped. Default 20,000. */
  readonly accounts: number;
  /** Transfers kept, with their reversals. Default 200,000. */
  readonly transfers: number;
  /** Disputes kept. Default 50,000. */
  readonly disputes: number;
  /** Payouts kept. Default 10,000. */
  readonly payouts: number;
}

export const defaultBounds: Bounds = {
  intents: 200_000,
  events: 100_000,
  idempotencyKeys: 100_000,
  customers: 100_000,
  accounts: 20_000,
  transfers: 200_000,
  disputes: 50_000,
  payouts: 10_000,
};

/** Everything one merchant's test account holds. */
export interface Account {
  readonly bounds: Bounds;
  readonly intents: Shelf<Intent>;
  readonly charges: Shelf<Charge>;
  readonly refunds: Shelf<Refund>;
  readonly customers: Shelf<Customer>;
  readonly paymentMethods: Shelf<PaymentMethod>;
  readonly accounts: Shelf<ConnectedAccount>;
  readonly accountLinks: Shelf<AccountLink>;
  readonly transfers: Shelf<Transfer>;
  /** The ids of a charge's transfers, oldest first. */
  readonly transfersOf: Map<string, string[]>;
  readonly transferReversals: Shelf<TransferReversal>;
  readonly disputes: Shelf<Dispute>;
  readonly payouts: Shelf<Payout>;
  readonly balanceTransactions: Shelf<BalanceTransaction>;
  /** The ids of an object's balance transactions, oldest first. */
  readonly transactionsOf: Map<string, string[]>;
  /** By currency, dropped transactions included. */
  readonly balances: Map<string, BalanceSums>;
  readonly events: Shelf<EventRecord>;
  /** Finished intents, oldest first: the order in which they may be dropped. */
  readonly finished: Shelf<{ readonly id: string }>;
  /** What dropped intents had moved, by currency, so that totals stay true to the cent. */
  readonly forgotten: Map<string, LedgerTotals>;
  readonly nowSeconds: () => number;
  readonly pricing: () => Pricing;
  /** Whether a transfer, or its reversal, needs its money to be there. */
  readonly checksBalances: () => boolean;
  readonly publicUrl: () => string;
  readonly deliver: (event: EventRecord) => void;
  /** The request being executed; handlers run without awaiting, so there is at most one. */
  request: Stripe.Event.Request;
  /** The connected account the request is made for, by its `Stripe-Account` header. */
  onBehalfOf: string | null;
}

export function newAccount(
  options: Pick<Account, "bounds" | "nowSeconds" | "pricing" | "checksBalances" | "publicUrl" | "deliver">,
): Account {
  return {
    ...options,
    intents: new Shelf(),
    charges: new Shelf(),
    refunds: new Shelf(),
    customers: new Shelf(),
    paymentMethods: new Shelf(),
    accounts: new Shelf(),
    accountLinks: new Shelf(),
    transfers: new Shelf(),
    transfersOf: new Map(),
    transferReversals: new Shelf(),
    disputes: new Shelf(),
    payouts: new Shelf(),
    balanceTransactions: new Shelf(),
    transactionsOf: new Map(),
    balances: new Map(),
    events: new Shelf(),
    finished: new Shelf(),
    forgotten: new Map(),
    request: { id: null, idempotency_key: null },
    onBehalfOf: null,
  };
}

/** Forgets everything, as a new account. */
export function clearAccount(account: Account): void {
  account.intents.clear();
  account.charges.clear();
  account.refunds.clear();
  account.customers.clear();
  account.paymentMethods.clear();
  account.accounts.clear();
  account.accountLinks.clear();
  account.transfers.clear();
  account.transfersOf.clear();
  account.transferReversals.clear();
  account.disputes.clear();
  account.payouts.clear();
  account.balanceTransactions.clear();
  account.transactionsOf.clear();
  account.balances.clear();
  account.events.clear();
  account.finished.clear();
  account.forgotten.clear();
}

/** Records an event, one of a connected account's own where that is named, and hands it to webhook delivery. */
export function announce(account: Account, announcement: Announcement, connected?: string): void {
  const event = newEvent(announcement, account.nowSeconds(), account.request, connected);
  account.events.put(event);
  if (account.events.size > account.bounds.events) account.events.removeOldest();
  account.deliver(event);
}

/** Marks an intent as finished and drops the oldest finished ones beyond the bound. */
export function finish(account: Account, intent: Intent): void {
  account.finished.put({ id: intent.id });
  while (account.intents.size > account.bounds.intents) {
    const oldest = account.finished.removeOldest();
    if (oldest === undefined) return;
    forgetIntent(account, oldest.id);
  }
}

function forgetIntent(account: Account, id: string): void {
  const intent = account.intents.remove(id);
  if (intent === undefined) return;
  forgetTotals(account.forgotten, intent);
  for (const chargeId of intent.chargeIds) account.charges.remove(chargeId);
  for (const refundId of intent.refundIds) account.refunds.remove(refundId);
  for (const source of [...intent.chargeIds, ...intent.refundIds]) forgetTransactionsOf(account, source);
  for (const methodId of intent.paymentMethodIds) {
    if (account.paymentMethods.get(methodId)?.object.customer === null)
      account.paymentMethods.remove(methodId);
  }
}
