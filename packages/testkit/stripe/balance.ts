import type { Stripe } from "stripe";
import type { Account } from "./account.ts";
import { requireAccount } from "./connected-accounts.ts";

function balance(amounts: Iterable<readonly [string, number]>): Stripe.Balance {
  const available: Stripe.Balance.Available[] = [];
  const pending: Stripe.Balance.Pending[] = [];
  for (const [currency, amount] of amounts) {
    available.push({ amount, currency, source_types: { card: amount } });
    pending.push({ amount: 0, currency, source_types: { card: 0 } });
  }
  return { object: "balance", available, livemode: false, pending };
}

/** What Stripe holds for the platform, or for the connected account asked for. Nothing is ever pending here. */
export function retrieveBalance(account: Account): Stripe.Balance {
  if (account.onBehalfOf !== null) {
    return balance(Object.entries(requireAccount(account, account.onBehalfOf).held));
  }
  return balance([...account.balances].map(([currency, { available }]) => [currency, available] as const));
}
