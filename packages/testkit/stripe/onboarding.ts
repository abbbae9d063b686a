import type { Stripe } from "stripe";
import { z } from "zod";
import { withStanding, type Standing } from "./account-object.ts";
import type { Account } from "./account.ts";
import { announceAccount, requireAccount, requireDestination } from "./connected-accounts.ts";
import { conflictingState, invalidParameter, noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import type { AccountLink, AccountObject, ConnectedAccount } from "./objects.ts";
import { missing, optionalUrl, requiredText } from "./parameters.ts";

const linkLifeSeconds = 300;
const outcomes = z.enum(["complete", "pending", "leave"]).default("complete");
const visit = z.strictObject({ outcome: outcomes });
const restriction = z.strictObject({
  due: z.array(z.string().max(100)).max(50).default(["individual.verification.document"]),
  disabledReason: z
    .enum(["requirements.past_due", "rejected.fraud", "rejected.other", "under_review"])
    .default("requirements.past_due"),
  charges: z.boolean().default(false),
  payouts: z.boolean().default(false),
  transfers: z.boolean().default(false),
});

const complete: Standing = {
  isSubmitted: true,
  mayCharge: true,
  mayBePaidOut: true,
  capability: "active",
  due: [],
  disabledReason: null,
};
const pending: Standing = {
  isSubmitted: true,
  mayCharge: false,
  mayBePaidOut: false,
  capability: "pending",
  due: [],
  disabledReason: "requirements.pending_verification",
};

/** Makes the address at which a vendor tells Stripe who they are. It works once, and for five minutes. */
export function createAccountLink(account: Account, form: Form): Stripe.AccountLink {
  const { id: owner } = requireDestination(account, requiredText(form, "account"), "account");
  const type = requiredText(form, "type");
  if (type !== "account_onboarding") {
    throw invalidParameter(
      `You cannot create \`${type}\` type Account Links for this account. Use \`account_onboarding\` instead.`,
      "type",
    );
  }
  const refreshUrl = optionalUrl(form, "refresh_url") ?? missing("refresh_url");
  const returnUrl = optionalUrl(form, "return_url") ?? missing("return_url");
  const id = newId("link");
  const created = account.nowSeconds();
  const object: Stripe.AccountLink = {
    object: "account_link",
    created,
    expires_at: created + linkLifeSeconds,
    url: `${account.publicUrl()}/_stand-in/account_links/${id}/onboarding`,
  };
  account.accountLinks.put({ id, object, account: owner, refreshUrl, returnUrl, isUsed: false });
  if (account.accountLinks.size > account.bounds.accounts) account.accountLinks.removeOldest();
  return object;
}

export function createLoginLink(account: Account, id: string): Stripe.LoginLink {
  const { object } = requireAccount(account, id);
  if (!object.details_submitted) {
    throw conflictingState(
      undefined,
      "Cannot create a login link for an account that has not completed onboarding.",
    );
  }
  return {
    object: "login_link",
    created: account.nowSeconds(),
    url: `${account.publicUrl()}/_stand-in/accounts/${id}/dashboard`,
  };
}

function requireLink(account: Account, id: string): AccountLink {
  const link = account.accountLinks.get(id);
  if (link === undefined) throw noSuch("account_link", id, "id");
  return link;
}

function isOpen(account: Account, link: AccountLink): boolean {
  return !link.isUsed && account.nowSeconds() <= link.object.expires_at;
}

/** What a vendor who opens the link sees: the page, or where an old link sends them. */
export function openAccountLink(account: Account, id: string): { html: string } | { redirect: string } {
  const link = requireLink(account, id);
  return isOpen(account, link) ? { html: onboardingPage(link) } : { redirect: link.refreshUrl };
}

/** The vendor finishes, or leaves, onboarding. The address is where Stripe sends them. */
export function useAccountLink(
  account: Account,
  id: string,
  input: unknown,
): { object: AccountObject | null; redirect: string } {
  const { outcome } = visit.parse(input);
  const link = requireLink(account, id);
  if (!isOpen(account, link)) return { object: null, redirect: link.refreshUrl };
  // Another object, so that the state file learns of it.
  account.accountLinks.put({ ...link, object: { ...link.object }, isUsed: true });
  const connected = requireAccount(account, link.account);
  const object = outcome === "leave" ? connected.object : settle(account, connected, outcome);
  return { object, redirect: link.returnUrl };
}

/** Onboards an account without its link. */
export function onboardAccount(account: Account, id: string, input: unknown): AccountObject {
  const { outcome } = visit.parse(input);
  const connected = requireAccount(account, id);
  return outcome === "leave" ? connected.object : settle(account, connected, outcome);
}

function settle(
  account: Account,
  connected: ConnectedAccount,
  outcome: "complete" | "pending",
): AccountObject {
  return stand(account, connected, outcome === "complete" ? complete : pending);
}

function stand(account: Account, connected: ConnectedAccount, standing: Standing): AccountObject {
  const object = withStanding(connected.object, connected.requested, standing);
  account.accounts.put({ ...connected, object });
  announceAccount(account, object);
  return object;
}

/** Stripe wants to know more of a vendor, and until then lets them do less. */
export function restrictAccount(account: Account, id: string, input: unknown): AccountObject {
  const { due, disabledReason, charges, payouts, transfers } = restriction.parse(input);
  const connected = requireAccount(account, id);
  return stand(account, connected, {
    isSubmitted: connected.object.details_submitted,
    mayCharge: charges,
    mayBePaidOut: payouts,
    capability: transfers ? "active" : "inactive",
    due,
    disabledReason,
  });
}

function onboardingPage({ account }: AccountLink): string {
  const button = (outcome: string, label: string): string =>
    `<button name="outcome" value="${outcome}">${label}</button>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Onboarding test page</title>
<h1>Onboarding test page</h1><p>Account ${account}.</p>
<form method="post">${button("complete", "Complete onboarding")} ${button("pending", "Await verification")} ${button("leave", "Return without it")}</form></html>`;
}
