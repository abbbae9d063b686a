/** A vendor's account with the provider as the pure core sees it: what it is, and what answers make of it. */
import type { payoutAccountStates } from "@holdfast/contracts/events/payment";
import type { Id } from "@holdfast/contracts/ids";
import type { Failed } from "../payments/answer.ts";
import { instantAt } from "../payments/payment.ts";
import {
  answered,
  type Calling,
  claimed,
  failed,
  mayBeForgotten,
  planned,
  type Surroundings,
  untried,
} from "../written-calls/written-call.ts";

export type PayoutAccountState = (typeof payoutAccountStates)[number];

/** `find` looks for the account of a `create` that never answered. */
export type AccountPurpose = "create" | "find" | "look";

/** One row of `payout_accounts`. */
export interface PayoutAccount extends Calling<AccountPurpose> {
  readonly vendorId: Id<"vnd">;
  readonly country: string;
  /** The provider's id; null until it is made. */
  readonly accountId: string | null;
  readonly currency: string | null;
  readonly state: PayoutAccountState;
  /** What the provider still wants to know, in its words. */
  readonly missing: readonly string[];
  /** Why the provider made none, or lets it do nothing; in its words. */
  readonly reason: string | null;
  /** How many events have been announced about it. */
  readonly version: number;
  /** Looks since it last changed; each makes the next one later. */
  readonly looks: number;
  readonly createdAt: string;
}

/** What the provider says about an account. */
export interface AccountFacts {
  readonly accountId: string;
  readonly currency: string | null;
  readonly state: PayoutAccountState;
  readonly missing: readonly string[];
  readonly reason: string | null;
}

/** `account` is null where a `find` found none. */
export type AccountAnswer =
  | { readonly outcome: "done"; readonly account: AccountFacts | null }
  | { readonly outcome: "refused"; readonly reason: string }
  | Failed;

/** First and longest wait before looking, without a webhook, whether a vendor has done what is missing. */
const lookMaxMs = 3_600_000;
/** Of an account that is in order: should the provider's word never have come that it no longer is. */
const lookEnabledMs = 24 * 3_600_000;

function plannedFor(
  account: PayoutAccount,
  purpose: AccountPurpose,
  surroundings: Surroundings,
): PayoutAccount {
  const name = purpose === "create" ? "account" : purpose;
  return planned(account, { purpose, name, subject: `vendor:${account.vendorId}` }, surroundings);
}

/** An account to be made. */
export function newPayoutAccount(
  vendorId: Id<"vnd">,
  country: string,
  surroundings: Surroundings,
): PayoutAccount {
  const account: PayoutAccount = {
    ...untried,
    vendorId,
    country,
    accountId: null,
    currency: null,
    state: "pending",
    missing: [],
    reason: null,
    version: 0,
    looks: 0,
    createdAt: instantAt(surroundings.nowMs),
  };
  return plannedFor(account, "create", surroundings);
}

/** Did the provider refuse to make it? Then nothing is under way until somebody asks again. */
export function wasRefused({ accountId, call }: PayoutAccount): boolean {
  return accountId === null && call === null;
}

/** Asks again for what was refused, perhaps in another country. */
export function askedAgain(
  account: PayoutAccount,
  country: string,
  surroundings: Surroundings,
): PayoutAccount {
  return plannedFor({ ...account, country, reason: null }, "create", surroundings);
}

/** Takes the account up: makes its call again, looks up what an old one did, or has a look at how it stands. */
export function takeUpAccount(account: PayoutAccount, surroundings: Surroundings): PayoutAccount {
  const { call, looks } = account;
  if (call === null) return plannedFor({ ...account, looks: looks + 1 }, "look", surroundings);
  if (call.purpose === "create" && mayBeForgotten(call, surroundings))
    return plannedFor({ ...account, call: null }, "find", surroundings);
  return claimed(account, surroundings);
}

/** Something has changed at the provider: it is looked at soon, and what a look under way finds may be older than that. */
export function lookedSoon(account: PayoutAccount, surroundings: Surroundings): PayoutAccount {
  const { call, accountId } = account;
  if (accountId === null) return account;
  const looking =
    call?.purpose === "look" ? plannedFor({ ...account, call: null }, "look", surroundings) : account;
  return { ...looking, looks: 0, nextAttemptAt: instantAt(surroundings.nowMs) };
}

function nextLookAt({ state, looks }: PayoutAccount, { nowMs, patience }: Surroundings): string {
  const waitMs = Math.min(lookMaxMs, patience.lookBaseMs * 2 ** Math.min(looks, 16));
  return instantAt(nowMs + (state === "enabled" ? lookEnabledMs : waitMs));
}

function absorbed(account: PayoutAccount, facts: AccountFacts, surroundings: Surroundings): PayoutAccount {
  const { state, version } = account;
  const isNews = facts.state !== state;
  const next = {
    ...account,
    ...facts,
    version: version + (isNews ? 1 : 0),
    looks: isNews ? 0 : account.looks,
  };
  return answered(next, nextLookAt(next, surroundings));
}

function refused(account: PayoutAccount, reason: string, surroundings: Surroundings): PayoutAccount {
  const { call, accountId, currency } = account;
  if (call?.purpose === "create") return { ...answered(account, null), reason };
  if (accountId === null) {
    // It cannot be told whether there is one: another could be a second.
    const retryAt = instantAt(surroundings.nowMs + surroundings.patience.parkedRetryMs);
    return { ...answered(account, retryAt), call, parkedReason: reason };
  }
  // The vendor has closed it, or taken our access to it away.
  return absorbed(account, { accountId, currency, state: "restricted", missing: [], reason }, surroundings);
}

/** The account after an answer. One to a call that is no longer its own (somebody else made it too) says nothing new. */
export function applyAccountAnswer(
  account: PayoutAccount,
  { key, answer }: { readonly key: string; readonly answer: AccountAnswer },
  surroundings: Surroundings,
): PayoutAccount {
  if (account.call?.key !== key) return account;
  if (answer.outcome === "failed") return failed(account, answer, surroundings);
  if (answer.outcome === "refused") return refused(account, answer.reason, surroundings);
  if (answer.account !== null) return absorbed(account, answer.account, surroundings);
  return plannedFor({ ...account, call: null }, "create", surroundings);
}
