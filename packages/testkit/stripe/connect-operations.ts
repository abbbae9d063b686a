import { retrieveBalance } from "./balance.ts";
import { createAccount, listAccounts, retrieveAccount, updateAccount } from "./connected-accounts.ts";
import { createAccountLink, createLoginLink } from "./onboarding.ts";
import { operation, paging, type OperationTable } from "./operation.ts";
import { listPayouts, retrievePayout } from "./payouts.ts";
import { createReversal, listReversals, retrieveReversal, updateReversal } from "./transfer-reversals.ts";
import { createTransfer, listTransfers, retrieveTransfer, updateTransfer } from "./transfers.ts";

const accountFields = [
  "business_profile",
  "business_type",
  "capabilities",
  "default_currency",
  "email",
  "metadata",
  "settings",
];
const transferFields = [
  "amount",
  "currency",
  "description",
  "destination",
  "metadata",
  "source_transaction",
  "transfer_group",
];

/** Connected accounts, transfers to them, and what Stripe holds and pays out. */
export const connectOperations: OperationTable = {
  "POST accounts": operation(
    "accounts.create",
    [...accountFields, "controller", "country", "type"],
    (account, _id, form) => createAccount(account, form),
  ),
  "GET accounts": operation("accounts.list", paging, (account, _id, form) => listAccounts(account, form)),
  "GET accounts/:id": operation("accounts.retrieve", [], (account, id) => retrieveAccount(account, id)),
  "POST accounts/:id": operation("accounts.update", accountFields, updateAccount),
  "POST accounts/:id/login_links": operation("accounts.createLoginLink", [], (account, id) =>
    createLoginLink(account, id),
  ),
  "POST account_links": operation(
    "account_links.create",
    ["account", "refresh_url", "return_url", "type", "collection_options"],
    (account, _id, form) => createAccountLink(account, form),
  ),
  "POST transfers": operation("transfers.create", transferFields, (account, _id, form) =>
    createTransfer(account, form),
  ),
  "GET transfers": operation(
    "transfers.list",
    [...paging, "destination", "transfer_group"],
    (account, _id, form) => listTransfers(account, form),
  ),
  "GET transfers/:id": operation("transfers.retrieve", [], (account, id) => retrieveTransfer(account, id)),
  "POST transfers/:id": operation("transfers.update", ["description", "metadata"], updateTransfer),
  "POST transfers/:id/reversals": operation(
    "transfers.createReversal",
    ["amount", "description", "metadata", "refund_application_fee"],
    createReversal,
  ),
  "GET transfers/:id/reversals": operation("transfers.listReversals", paging, listReversals),
  "GET transfers/:id/reversals/:part": operation(
    "transfers.retrieveReversal",
    [],
    (account, id, _form, part) => retrieveReversal(account, id, part),
  ),
  "POST transfers/:id/reversals/:part": operation(
    "transfers.updateReversal",
    ["metadata"],
    (account, id, form, part) => updateReversal(account, id, part, form),
  ),
  "GET balance": operation("balance.retrieve", [], (account) => retrieveBalance(account)),
  "GET payouts": operation("payouts.list", [...paging, "status"], (account, _id, form) =>
    listPayouts(account, form),
  ),
  "GET payouts/:id": operation("payouts.retrieve", [], (account, id) => retrievePayout(account, id)),
};
