/** Shows a vendor's people where its money is sent, and what is missing for it. */
import type { PayoutAccountView } from "@holdfast/contracts/api/payouts";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { payoutAccountNotFound } from "../problems.ts";
import { findAccount } from "./account-rows.ts";
import { payoutAccountView } from "./payout-account-view.ts";

/** @throws payoutAccountNotFound */
export async function showPayoutAccount(
  db: Kysely<PaymentTables>,
  vendorId: Id<"vnd">,
): Promise<PayoutAccountView> {
  const account = await findAccount(db, vendorId);
  if (account === undefined) throw payoutAccountNotFound();
  return payoutAccountView(account);
}
