/** A vendor's account as its people see it. */
import type { PayoutAccountView } from "@holdfast/contracts/api/payouts";
import type { PayoutAccount } from "./payout-account.ts";

export function payoutAccountView(account: PayoutAccount): PayoutAccountView {
  const { vendorId, accountId, state, country, currency, missing, reason, createdAt } = account;
  return { vendorId, accountId, state, country, currency, missing: [...missing], reason, createdAt };
}
