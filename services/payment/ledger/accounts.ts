/** The ledger's accounts and kinds of postings. Amounts are signed minor units: positive is debit, negative is credit. */
import type { LedgerAccount } from "@holdfast/contracts/api/ledger";
import type { Id } from "@holdfast/contracts/ids";

interface AccountKind {
  readonly is: string;
  readonly of: "platform" | "vendor" | "booking";
}

/** What each account is, and whose it is beside its currency: an account of vendors is one for each vendor. */
export const accounts = {
  stripe: { is: "asset", of: "platform" },
  "on-arrival": { is: "asset", of: "vendor" },
  guest: { is: "liability", of: "booking" },
  refunds: { is: "contra liability", of: "booking" },
  "vendor-payable": { is: "liability", of: "vendor" },
  tax: { is: "liability", of: "vendor" },
  "platform-fee": { is: "revenue", of: "vendor" },
  "stripe-fee": { is: "expense", of: "platform" },
  disputed: { is: "asset", of: "booking" },
  "write-off": { is: "expense", of: "platform" },
} as const satisfies Record<LedgerAccount, AccountKind>;

export type Account = LedgerAccount;

/**
 * Which accounts a posting of each kind moves. Where it `owes`, what it does to vendor-payable and tax is an item of the
 * vendor's, to be sent or to be taken back.
 */
export const postingKinds = {
  capture: { moves: ["stripe", "on-arrival", "stripe-fee", "guest"], owes: false },
  fee: { moves: ["stripe-fee", "stripe"], owes: false },
  refund: { moves: ["refunds", "stripe", "on-arrival"], owes: false },
  settlement: { moves: ["guest", "refunds", "tax", "platform-fee", "vendor-payable"], owes: true },
  resettlement: { moves: ["guest", "refunds", "tax", "platform-fee", "vendor-payable"], owes: true },
  "dispute-opened": { moves: ["disputed", "stripe-fee", "stripe"], owes: false },
  "dispute-won": { moves: ["disputed", "stripe-fee", "stripe"], owes: false },
  "dispute-lost": { moves: ["refunds", "write-off", "disputed"], owes: false },
  "write-off": { moves: ["write-off", "vendor-payable"], owes: true },
  netting: { moves: ["vendor-payable", "on-arrival"], owes: true },
  transfer: { moves: ["vendor-payable", "tax", "stripe"], owes: false },
  "transfer-reversal": { moves: ["vendor-payable", "tax", "stripe"], owes: true },
} as const satisfies Record<string, { readonly moves: readonly Account[]; readonly owes: boolean }>;

export type PostingKind = keyof typeof postingKinds;

/** An amount on one side of a transaction. */
export interface Entry {
  readonly account: Account;
  readonly currency: string;
  readonly amountMinor: number;
}

/** A transaction to be posted. */
export interface Posting {
  readonly kind: PostingKind;
  /** Names what made it so within the kind: the same is posted once. */
  readonly cause: string;
  readonly bookingId: Id<"bkg"> | null;
  readonly vendorId: Id<"vnd"> | null;
  /** Adding up to zero in each currency. */
  readonly entries: readonly Entry[];
}

/** Was the guest to pay in person? Then the vendor has the money, and no provider of ours. */
export function isOnArrival({ provider }: { readonly provider: string }): boolean {
  return provider === "on-arrival";
}

/** Amounts of the same account and currency together, without those that come to nothing. */
export function merged(entries: readonly Entry[]): Entry[] {
  const sums = new Map<string, Entry>();
  for (const { account, currency, amountMinor } of entries) {
    const key = `${account} ${currency}`;
    const sum = (sums.get(key)?.amountMinor ?? 0) + amountMinor;
    sums.set(key, { account, currency, amountMinor: sum });
  }
  return [...sums.values()].filter(({ amountMinor }) => amountMinor !== 0);
}
