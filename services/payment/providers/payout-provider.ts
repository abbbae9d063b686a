/** What payment asks of whoever sends vendors their money. The core decides and writes calls down; a provider makes them. */
import type { Failed } from "../payments/answer.ts";
import type { Transfer, TransferAnswer, TransferPurpose } from "../transfers/transfer.ts";
import type { AccountAnswer, AccountPurpose, PayoutAccount } from "../payouts/payout-account.ts";

/** A call about a vendor's account, as it was written down. */
export interface AccountCall {
  readonly purpose: AccountPurpose;
  readonly key: string;
  readonly account: Pick<PayoutAccount, "vendorId" | "country" | "accountId" | "createdAt">;
}

/** A call about money that moves to a vendor's account, or back, as it was written down. */
export interface TransferCall {
  readonly purpose: TransferPurpose;
  readonly key: string;
  readonly transfer: Pick<
    Transfer,
    "id" | "vendorId" | "accountId" | "currency" | "amountMinor" | "reverses"
  >;
}

/** Where the vendor is sent back to by the provider's page, and by a page that is too old. */
export interface OnboardingPages {
  readonly returnUrl: string;
  readonly refreshUrl: string;
}

/** A page of the provider's, or why there is none. */
export type OnboardingLink =
  | { readonly outcome: "done"; readonly url: string; readonly expiresAt: string }
  | { readonly outcome: "refused"; readonly reason: string }
  | Failed;

/** What the provider or the network does is an answer; only a mistake of ours is thrown. */
export interface PayoutProvider {
  /** As metrics name it. */
  readonly name: string;
  callAboutAccount(call: AccountCall): Promise<AccountAnswer>;
  callAboutTransfer(call: TransferCall): Promise<TransferAnswer>;
  makeOnboardingLink(accountId: string, pages: OnboardingPages): Promise<OnboardingLink>;
}
