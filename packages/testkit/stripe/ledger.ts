import type { Account } from "./account.ts";
import type { Intent } from "./objects.ts";

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

export interface Ledger {
  readonly totals: Readonly<Record<string, LedgerTotals>>;
  /** Oldest first, from after the given id. */
  readonly intents: readonly LedgerEntry[];
  readonly hasMore: boolean;
}

function entryOf(intent: Intent): LedgerEntry {
  const { object } = intent;
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
    customer: object.customer,
    metadata: object.metadata,
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
  const intents: LedgerEntry[] = [];
  for (const intent of account.intents.oldestFirst(after)) {
    if (intents.length === limit) return { totals: Object.fromEntries(totals), intents, hasMore: true };
    intents.push(entryOf(intent));
  }
  return { totals: Object.fromEntries(totals), intents, hasMore: false };
}
