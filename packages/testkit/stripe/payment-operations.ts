import { listBalanceTransactions, retrieveBalanceTransaction } from "./balance-transactions.ts";
import { listCharges, retrieveCharge } from "./charges.ts";
import { confirmIntent } from "./confirm-payment-intent.ts";
import { closeDispute, listDisputes, retrieveDispute, updateDispute } from "./disputes.ts";
import { listEvents, retrieveEvent } from "./events.ts";
import { operation, paging, type OperationTable } from "./operation.ts";
import { optionalText } from "./parameters.ts";
import {
  createPaymentIntent,
  listPaymentIntents,
  requireIntent,
  retrievePaymentIntent,
  updatePaymentIntent,
} from "./payment-intents.ts";
import { createRefund, listRefunds, retrieveRefund, updateRefund } from "./refunds.ts";
import { cancelPaymentIntent, capturePaymentIntent } from "./settle-payment-intent.ts";

const intentFields = [
  "amount",
  "currency",
  "customer",
  "description",
  "metadata",
  "payment_method",
  "receipt_email",
  "setup_future_usage",
  "transfer_group",
];
const newIntentFields = [
  ...intentFields,
  "allowed_payment_method_types",
  "automatic_payment_methods",
  "capture_method",
  "confirm",
  "confirmation_method",
  "error_on_requires_action",
  "off_session",
  "return_url",
  "statement_descriptor",
  "statement_descriptor_suffix",
];
const confirmFields = [
  "payment_method",
  "return_url",
  "off_session",
  "error_on_requires_action",
  "setup_future_usage",
];
const refundFields = ["amount", "charge", "metadata", "payment_intent", "reason"];

/** Payments, refunds, disputes, the balance's history and events. */
export const paymentOperations: OperationTable = {
  "POST payment_intents": operation("payment_intents.create", newIntentFields, (account, _id, form) =>
    createPaymentIntent(account, form),
  ),
  "GET payment_intents": operation("payment_intents.list", [...paging, "customer"], (account, _id, form) =>
    listPaymentIntents(account, form),
  ),
  "GET payment_intents/:id": operation("payment_intents.retrieve", ["client_secret"], (account, id) =>
    retrievePaymentIntent(account, id),
  ),
  "POST payment_intents/:id": operation("payment_intents.update", intentFields, updatePaymentIntent),
  "POST payment_intents/:id/confirm": operation(
    "payment_intents.confirm",
    confirmFields,
    (account, id, form) =>
      confirmIntent(account, requireIntent(account, id), form, optionalText(form, "payment_method")),
  ),
  "POST payment_intents/:id/capture": operation(
    "payment_intents.capture",
    ["amount_to_capture", "final_capture", "metadata"],
    capturePaymentIntent,
  ),
  "POST payment_intents/:id/cancel": operation(
    "payment_intents.cancel",
    ["cancellation_reason"],
    cancelPaymentIntent,
  ),
  "GET charges": operation(
    "charges.list",
    [...paging, "payment_intent", "customer", "transfer_group"],
    (account, _id, form) => listCharges(account, form),
  ),
  "GET charges/:id": operation("charges.retrieve", [], (account, id) => retrieveCharge(account, id)),
  "POST refunds": operation("refunds.create", refundFields, (account, _id, form) =>
    createRefund(account, form),
  ),
  "GET refunds": operation("refunds.list", [...paging, "payment_intent", "charge"], (account, _id, form) =>
    listRefunds(account, form),
  ),
  "GET refunds/:id": operation("refunds.retrieve", [], (account, id) => retrieveRefund(account, id)),
  "POST refunds/:id": operation("refunds.update", ["metadata"], updateRefund),
  "GET balance_transactions": operation(
    "balance_transactions.list",
    [...paging, "currency", "payout", "source", "type"],
    (account, _id, form) => listBalanceTransactions(account, form),
  ),
  "GET balance_transactions/:id": operation("balance_transactions.retrieve", [], (account, id) =>
    retrieveBalanceTransaction(account, id),
  ),
  "GET disputes": operation("disputes.list", [...paging, "payment_intent", "charge"], (account, _id, form) =>
    listDisputes(account, form),
  ),
  "GET disputes/:id": operation("disputes.retrieve", [], (account, id) => retrieveDispute(account, id)),
  "POST disputes/:id": operation("disputes.update", ["evidence", "metadata", "submit"], updateDispute),
  "POST disputes/:id/close": operation("disputes.close", [], (account, id) => closeDispute(account, id)),
  "GET events": operation(
    "events.list",
    [...paging, "type", "types", "delivery_success"],
    (account, _id, form) => listEvents(account, form),
  ),
  "GET events/:id": operation("events.retrieve", [], (account, id) => retrieveEvent(account, id)),
};
