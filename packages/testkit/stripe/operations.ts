import type { Account } from "./account.ts";
import { listBalanceTransactions, retrieveBalanceTransaction } from "./balance-transactions.ts";
import { listCharges, retrieveCharge } from "./charges.ts";
import { confirmIntent } from "./confirm-payment-intent.ts";
import {
  createCustomer,
  deleteCustomer,
  listCustomers,
  retrieveCustomer,
  updateCustomer,
} from "./customers.ts";
import { listEvents, retrieveEvent } from "./events.ts";
import type { Form } from "./form-body.ts";
import { optionalText } from "./parameters.ts";
import {
  createPaymentIntent,
  listPaymentIntents,
  requireIntent,
  retrievePaymentIntent,
  updatePaymentIntent,
} from "./payment-intents.ts";
import {
  attachPaymentMethod,
  createPaymentMethod,
  detachPaymentMethod,
  listCustomerPaymentMethods,
  listPaymentMethods,
  retrieveCustomerPaymentMethod,
  retrievePaymentMethod,
} from "./payment-methods.ts";
import { createRefund, listRefunds, retrieveRefund, updateRefund } from "./refunds.ts";
import { cancelPaymentIntent, capturePaymentIntent } from "./settle-payment-intent.ts";

/** One call of Stripe's API. `id` is empty where the path names none, and so is the `part` of what it names. */
export interface Operation {
  readonly name: string;
  readonly accepts: ReadonlySet<string>;
  readonly run: (account: Account, id: string, form: Form, part: string) => object;
}

const paging = ["limit", "starting_after", "ending_before", "created"];
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
const customerFields = ["name", "email", "phone", "description", "metadata", "invoice_settings"];

const operations = new Map<string, Operation>();

function define(route: string, name: string, accepts: readonly string[], run: Operation["run"]): void {
  operations.set(route, { name, accepts: new Set([...accepts, "expand"]), run });
}

define(
  "POST payment_intents",
  "payment_intents.create",
  [
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
  ],
  (account, _id, form) => createPaymentIntent(account, form),
);
define("GET payment_intents", "payment_intents.list", [...paging, "customer"], (account, _id, form) =>
  listPaymentIntents(account, form),
);
define("GET payment_intents/:id", "payment_intents.retrieve", ["client_secret"], (account, id) =>
  retrievePaymentIntent(account, id),
);
define("POST payment_intents/:id", "payment_intents.update", intentFields, updatePaymentIntent);
define(
  "POST payment_intents/:id/confirm",
  "payment_intents.confirm",
  ["payment_method", "return_url", "off_session", "error_on_requires_action", "setup_future_usage"],
  (account, id, form) =>
    confirmIntent(account, requireIntent(account, id), form, optionalText(form, "payment_method")),
);
define(
  "POST payment_intents/:id/capture",
  "payment_intents.capture",
  ["amount_to_capture", "final_capture", "metadata"],
  capturePaymentIntent,
);
define(
  "POST payment_intents/:id/cancel",
  "payment_intents.cancel",
  ["cancellation_reason"],
  cancelPaymentIntent,
);
define(
  "GET charges",
  "charges.list",
  [...paging, "payment_intent", "customer", "transfer_group"],
  (account, _id, form) => listCharges(account, form),
);
define("GET charges/:id", "charges.retrieve", [], (account, id) => retrieveCharge(account, id));
define(
  "POST refunds",
  "refunds.create",
  ["amount", "charge", "metadata", "payment_intent", "reason"],
  (account, _id, form) => createRefund(account, form),
);
define("GET refunds", "refunds.list", [...paging, "payment_intent", "charge"], (account, _id, form) =>
  listRefunds(account, form),
);
define("GET refunds/:id", "refunds.retrieve", [], (account, id) => retrieveRefund(account, id));
define("POST refunds/:id", "refunds.update", ["metadata"], updateRefund);
define("POST customers", "customers.create", customerFields, (account, _id, form) =>
  createCustomer(account, form),
);
define("GET customers", "customers.list", [...paging, "email"], (account, _id, form) =>
  listCustomers(account, form),
);
define("GET customers/:id", "customers.retrieve", [], (account, id) => retrieveCustomer(account, id));
define("POST customers/:id", "customers.update", customerFields, updateCustomer);
define("DELETE customers/:id", "customers.delete", [], (account, id) => deleteCustomer(account, id));
define(
  "GET customers/:id/payment_methods",
  "customers.payment_methods",
  [...paging, "type"],
  listCustomerPaymentMethods,
);
define(
  "GET customers/:id/payment_methods/:part",
  "customers.retrieve_payment_method",
  [],
  (account, id, _form, part) => retrieveCustomerPaymentMethod(account, id, part),
);
define("POST payment_methods", "payment_methods.create", ["type", "card"], (account, _id, form) =>
  createPaymentMethod(account, form),
);
define("GET payment_methods", "payment_methods.list", [...paging, "customer", "type"], (account, _id, form) =>
  listPaymentMethods(account, form),
);
define("GET payment_methods/:id", "payment_methods.retrieve", [], (account, id) =>
  retrievePaymentMethod(account, id),
);
define("POST payment_methods/:id/attach", "payment_methods.attach", ["customer"], attachPaymentMethod);
define("POST payment_methods/:id/detach", "payment_methods.detach", [], (account, id) =>
  detachPaymentMethod(account, id),
);
define(
  "GET balance_transactions",
  "balance_transactions.list",
  [...paging, "currency", "payout", "source", "type"],
  (account, _id, form) => listBalanceTransactions(account, form),
);
define("GET balance_transactions/:id", "balance_transactions.retrieve", [], (account, id) =>
  retrieveBalanceTransaction(account, id),
);
define("GET events", "events.list", [...paging, "type", "types", "delivery_success"], (account, _id, form) =>
  listEvents(account, form),
);
define("GET events/:id", "events.retrieve", [], (account, id) => retrieveEvent(account, id));

/** Finds the operation behind `/v1/<noun>[/<id>[/<verb>[/<part>]]]`. */
export function findOperation(
  method: string,
  path: string,
): { operation: Operation; id: string; part: string } | undefined {
  const [noun = "", id, verb, part, more] = path.slice("/v1/".length).split("/");
  if (more !== undefined) return undefined;
  const shape = [noun, id && ":id", verb, part && ":part"].filter((step) => step !== undefined).join("/");
  const operation = operations.get(`${method} ${shape}`);
  return operation === undefined ? undefined : { operation, id: id ?? "", part: part ?? "" };
}
