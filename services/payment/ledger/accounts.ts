/** The ledger's accounts and kinds of postings. Amounts are signed minor units: positive is debit, negative is credit. */
import type { Id } from "@holdfast/contracts/ids";

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
} as const satisfies Record<string, { readonly is: string; readonly of: "platform" | "vendor" | "booking" }>;

export type Account = keyof typeof accounts;

/** Which accounts a posting of each kind moves. */
export const postingKinds = {
  capture: ["stripe", "on-arrival", "stripe-fee", "guest"],
  fee: ["stripe-fee", "stripe"],
  refund: ["refunds", "stripe", "on-arrival"],
} as const satisfies Record<string, readonly Account[]>;

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
