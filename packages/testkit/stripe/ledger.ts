import type { Account } from "./account.ts";
import type { BalanceSums } from "./balance-transactions.ts";
import type { Dispute, Intent, Transfer } from "./objects.ts";

/** What one intent has moved, in minor units. `authorised = captured + voided + capturable` once a card was accepted. */
export interface LedgerEntry {
  readonly id: string;
  readonly status: string;
  readonly currency: string;
  readonly amount: number;
  readonly authorised: number;
  readonly capturable: number;
  readonly captured: number;
  readonly voided: number;
  readonly refunded: number;
  /** What Stripe kept for capturing it; no refund gives that back. */
  readonly fee: number;
  /** Withdrawn by disputes and not reinstated, without their fees. */
  readonly disputed: number;
  /** Transferred with its charge as the source, and of that taken back. */
  readonly transferred: number;
  readonly reversed: number;
  readonly customer: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The sums of one currency, in minor units, dropped intents included. */
export interface LedgerTotals {
  intents: number;
  authorised: number;
  capturable: number;
  captured: number;
  voided: number;
  refunded: number;
}

/** One transfer to a connected account, in minor units. */
export interface LedgerTransfer {
  readonly id: string;
  readonly destination: string;
  readonly currency: string;
  readonly amount: number;
  readonly reversed: number;
  readonly sourceTransaction: string | null;
  readonly transferGroup: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One dispute, in minor units. `net` is what it did to the platform's balance, its fee included. */
export interface LedgerDispute {
  readonly id: string;
  readonly charge: string;
  readonly paymentIntent: string | null;
  readonly status: string;
  readonly currency: string;
  readonly amount: number;
  readonly net: number;
}

export interface Ledger {
  readonly totals: Readonly<Record<string, LedgerTotals>>;
  /** The platform's balance by currency: what Stripe holds for it, all fees, and each kind of movement's sum. */
  readonly balances: Readonly<Record<string, BalanceSums>>;
  /** What each connected account holds, by currency. */
  readonly accounts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The newest transfers and disputes, oldest first; on the first page alone. */
  readonly transfers: readonly LedgerTransfer[];
  readonly disputes: readonly LedgerDispute[];
  /** Oldest first, from after the given id. */
  readonly intents: readonly LedgerEntry[];
  readonly hasMore: boolean;
}

function entryOf(account: Account, intent: Intent, disputed: ReadonlyMap<string, number>): LedgerEntry {
  const { object } = intent;
  const charge = object.latest_charge === null ? undefined : account.charges.get(object.latest_charge);
  const transaction = account.balanceTransactions.get(charge?.object.balance_transaction ?? "");
  const transfers = (account.transfersOf.get(charge?.id ?? "") ?? []).flatMap(
    (id) => account.transfers.get(id)?.object ?? [],
  );
  return {
    id: intent.id,
    status: object.status,
    currency: object.currency,
    amount: object.amount,
    authorised: intent.authorisedMinor,
    capturable: object.amount_capturable,
    captured: object.amount_received,
    voided: intent.voidedMinor,
    refunded: intent.refundedMinor,
    fee: transaction?.object.fee ?? 0,
    disputed: disputed.get(intent.id) ?? 0,
    transferred: transfers.reduce((sum, { amount }) => sum + amount, 0),
    reversed: transfers.reduce((sum, transfer) => sum + transfer.amount_reversed, 0),
    customer: object.customer,
    metadata: object.metadata,
  };
}

/** What disputes have of each intent. */
function disputedByIntent(account: Account): Map<string, number> {
  const disputed = new Map<string, number>();
  for (const { object } of account.disputes.oldestFirst()) {
    if (object.payment_intent === null || object.status === "won") continue;
    disputed.set(object.payment_intent, (disputed.get(object.payment_intent) ?? 0) + object.amount);
  }
  return disputed;
}

function newest<T, E>(items: Iterable<T>, limit: number, entry: (item: T) => E): E[] {
  return Iterator.from(items).take(limit).map(entry).toArray().toReversed();
}

function transferEntry({ id, object }: Transfer): LedgerTransfer {
  return {
    id,
    destination: object.destination,
    currency: object.currency,
    amount: object.amount,
    reversed: object.amount_reversed,
    sourceTransaction: object.source_transaction,
    transferGroup: object.transfer_group,
    metadata: object.metadata,
  };
}

function disputeEntry({ id, object }: Dispute): LedgerDispute {
  return {
    id,
    charge: object.charge,
    paymentIntent: object.payment_intent,
    status: object.status,
    currency: object.currency,
    amount: object.amount,
    net: object.balance_transactions.reduce((sum, { net }) => sum + net, 0),
  };
}

function add(totals: LedgerTotals | undefined, intent: Intent): LedgerTotals {
  return {
    intents: (totals?.intents ?? 0) + 1,
    authorised: (totals?.authorised ?? 0) + intent.authorisedMinor,
    capturable: (totals?.capturable ?? 0) + intent.object.amount_capturable,
    captured: (totals?.captured ?? 0) + intent.object.amount_received,
    voided: (totals?.voided ?? 0) + intent.voidedMinor,
    refunded: (totals?.refunded ?? 0) + intent.refundedMinor,
  };
}

/** Keeps a dropped intent's sums. */
export function forgetTotals(forgotten: Map<string, LedgerTotals>, intent: Intent): void {
  const { currency } = intent.object;
  forgotten.set(currency, add(forgotten.get(currency), intent));
}

/** The sums of all time and up to `limit` intents after the given id. */
export function readLedger(account: Account, limit: number, after?: string): Ledger {
  const totals = new Map(account.forgotten);
  for (const intent of account.intents.oldestFirst()) {
    const { currency } = intent.object;
    totals.set(currency, add(totals.get(currency), intent));
  }
  const disputed = disputedByIntent(account);
  const intents: LedgerEntry[] = [];
  let hasMore = false;
  for (const intent of account.intents.oldestFirst(after)) {
    hasMore = intents.length === limit;
    if (hasMore) break;
    intents.push(entryOf(account, intent, disputed));
  }
  const first = after === undefined ? limit : 0;
  return {
    totals: Object.fromEntries(totals),
    balances: Object.fromEntries(account.balances),
    accounts: Object.fromEntries(
      Iterator.from(account.accounts.oldestFirst()).map(({ id, held }) => [id, held] as const),
    ),
    transfers: newest(account.transfers.newestFirst(), first, transferEntry),
    disputes: newest(account.disputes.newestFirst(), first, disputeEntry),
    intents,
    hasMore,
  };
}
