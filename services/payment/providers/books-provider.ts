/** What the reconciliation reads in a provider's own books: pages of what was made since a time, newest first. */
import type { Failed, IntentFacts } from "../payments/answer.ts";
import type { ListedDispute } from "./dispute-provider.ts";

/** A transfer as the provider's books have it. */
export interface TheirTransfer {
  readonly providerId: string;
  /** As its metadata says it; null where it does not. */
  readonly transferId: string | null;
  readonly accountId: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly reversedMinor: number;
}

export interface PageOf {
  readonly since: Temporal.Instant;
  /** `next` of the page before. */
  readonly after: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** What is read rejects where it cannot be had. */
export interface BooksProvider {
  /** As metrics name it. */
  readonly name: string;
  /** With what was given back of them and what they cost. */
  listIntents(page: PageOf): Promise<Page<IntentFacts>>;
  /** Intents that something was given back of since then, whenever they were made. */
  listRefunded(page: PageOf): Promise<Page<IntentFacts>>;
  listTransfers(page: PageOf): Promise<Page<TheirTransfer>>;
  listDisputes(page: PageOf): Promise<Page<ListedDispute>>;
  /** One intent as a list would have it; null where there is none. */
  intent(intentId: string): Promise<IntentFacts | null>;
  transfer(providerId: string): Promise<TheirTransfer | null>;
  /** Voids an intent that nothing was taken of, or refunds what is left of one; once for each key. */
  giveBack(of: GiveBack): Promise<GiveBackAnswer>;
}

export interface GiveBack {
  readonly key: string;
  readonly purpose: "void" | "refund";
  readonly intentId: string;
}

export type GiveBackAnswer =
  | { readonly outcome: "done" }
  | { readonly outcome: "refused"; readonly reason: string }
  | Failed;
