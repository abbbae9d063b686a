/** Translates a connected account of Stripe's into facts. */
import type { Stripe } from "stripe";
import type { AccountFacts, PayoutAccountState } from "../payouts/payout-account.ts";

/**
 * It can be sent money and pay it out; or it cannot, and either Stripe waits for the vendor's first word or checks it, or
 * wants to know more (https://docs.stripe.com/connect/account-capabilities).
 */
function stateOf(account: Stripe.Account): PayoutAccountState {
  const { capabilities, payouts_enabled: isPaidOut, details_submitted: isSubmitted, requirements } = account;
  if (capabilities?.transfers === "active" && isPaidOut) return "enabled";
  const isAsked = (requirements?.currently_due ?? []).length > 0;
  const isRejected = requirements?.disabled_reason?.startsWith("rejected.") === true;
  return !isRejected && (!isSubmitted || !isAsked) ? "pending" : "restricted";
}

export function accountFacts(account: Stripe.Account): AccountFacts {
  return {
    accountId: account.id,
    currency: account.default_currency?.toUpperCase() ?? null,
    state: stateOf(account),
    missing: account.requirements?.currently_due ?? [],
    reason: account.requirements?.disabled_reason ?? null,
  };
}
