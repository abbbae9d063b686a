import type { Stripe } from "stripe";
import { newAccountObject, withStanding } from "./account-object.ts";
import { changedAccount, requestedCapabilities } from "./account-parameters.ts";
import { announce, type Account } from "./account.ts";
import { noAccess, noSuch, rateLimited } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { AccountObject, ConnectedAccount } from "./objects.ts";

/** The connected account a path names. @throws Refusal `account_invalid`: who asks cannot tell a stranger's from none */
export function requireAccount(account: Account, id: string): ConnectedAccount {
  const connected = account.accounts.get(id);
  if (connected === undefined) throw noAccess(id);
  return connected;
}

/** The connected account a parameter names. @throws Refusal `resource_missing` */
export function requireDestination(account: Account, id: string, param: string): ConnectedAccount {
  const connected = account.accounts.get(id);
  if (connected === undefined) throw noSuch(param, id, param, 400);
  return connected;
}

export function createAccount(account: Account, form: Form): AccountObject {
  if (account.accounts.size >= account.bounds.accounts) throw rateLimited();
  const requested = requestedCapabilities(form, []);
  const object = newAccountObject(newId("acct"), account.nowSeconds(), form, requested);
  account.accounts.put({ id: object.id, object, requested, held: {} });
  return object;
}

export function retrieveAccount(account: Account, id: string): AccountObject {
  return requireAccount(account, id).object;
}

export function updateAccount(account: Account, id: string, form: Form): AccountObject {
  const connected = requireAccount(account, id);
  const requested = requestedCapabilities(form, connected.requested);
  const changed = changedAccount(connected.object, form);
  const { details_submitted: isSubmitted, requirements } = changed;
  const object =
    requested.join() === connected.requested.join()
      ? changed
      : withStanding(changed, requested, {
          isSubmitted,
          mayCharge: changed.charges_enabled,
          mayBePaidOut: changed.payouts_enabled,
          capability: changed.charges_enabled ? "active" : "inactive",
          due: requirements.currently_due ?? [],
          disabledReason: requirements.disabled_reason,
        });
  account.accounts.put({ ...connected, object, requested });
  announceAccount(account, object);
  return object;
}

/** Tells the platform of an account that has changed; the event is one of that account's own. */
export function announceAccount(account: Account, object: AccountObject): void {
  announce(account, { type: "account.updated", object }, object.id);
}

export function listAccounts(account: Account, form: Form): Stripe.ApiList<AccountObject> {
  return page(form, account.accounts, "/v1/accounts", () => true);
}

/** Moves a connected account's balance, which may fall below zero. */
export function moveHeld(
  account: Account,
  connected: ConnectedAccount,
  currency: string,
  amount: number,
): void {
  account.accounts.put({
    ...connected,
    // Another object, so that the state file learns of it.
    object: { ...connected.object },
    held: { ...connected.held, [currency]: (connected.held[currency] ?? 0) + amount },
  });
}
