/** A page of the provider's on which a vendor says who they are and where money goes. It is handed on and kept nowhere. */
import { unavailable } from "@holdfast/chassis/problems";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { payoutAccountNotFound, payoutAccountNotReady, providerRefused } from "../problems.ts";
import type { OnboardingPages, PayoutProvider } from "../providers/payout-provider.ts";
import { findAccount } from "./account-rows.ts";

export interface OnboardingDeps {
  readonly db: Kysely<PaymentTables>;
  readonly payouts: PayoutProvider;
}

/** @throws payoutAccountNotFound, payoutAccountNotReady, providerRefused; unavailable while the provider does not answer */
export async function createOnboardingLink(
  { db, payouts }: OnboardingDeps,
  vendorId: Id<"vnd">,
  pages: OnboardingPages,
): Promise<{ readonly url: string; readonly expiresAt: string }> {
  const account = await findAccount(db, vendorId);
  if (account === undefined) throw payoutAccountNotFound();
  if (account.accountId === null) throw payoutAccountNotReady();
  const link = await payouts.makeOnboardingLink(account.accountId, pages);
  if (link.outcome === "failed") throw unavailable("The payment provider does not answer right now.");
  if (link.outcome === "refused") throw providerRefused(`The payment provider says: ${link.reason}.`);
  return { url: link.url, expiresAt: link.expiresAt };
}
