import {
  createCustomer,
  deleteCustomer,
  listCustomers,
  retrieveCustomer,
  updateCustomer,
} from "./customers.ts";
import { operation, paging, type OperationTable } from "./operation.ts";
import {
  attachPaymentMethod,
  createPaymentMethod,
  detachPaymentMethod,
  listCustomerPaymentMethods,
  listPaymentMethods,
  retrieveCustomerPaymentMethod,
  retrievePaymentMethod,
} from "./payment-methods.ts";

const customerFields = ["name", "email", "phone", "description", "metadata", "invoice_settings"];

/** Customers and their cards. */
export const customerOperations: OperationTable = {
  "POST customers": operation("customers.create", customerFields, (account, _id, form) =>
    createCustomer(account, form),
  ),
  "GET customers": operation("customers.list", [...paging, "email"], (account, _id, form) =>
    listCustomers(account, form),
  ),
  "GET customers/:id": operation("customers.retrieve", [], (account, id) => retrieveCustomer(account, id)),
  "POST customers/:id": operation("customers.update", customerFields, updateCustomer),
  "DELETE customers/:id": operation("customers.delete", [], (account, id) => deleteCustomer(account, id)),
  "GET customers/:id/payment_methods": operation(
    "customers.listPaymentMethods",
    [...paging, "type"],
    listCustomerPaymentMethods,
  ),
  "GET customers/:id/payment_methods/:part": operation(
    "customers.retrievePaymentMethod",
    [],
    (account, id, _form, part) => retrieveCustomerPaymentMethod(account, id, part),
  ),
  "POST payment_methods": operation("payment_methods.create", ["type", "card"], (account, _id, form) =>
    createPaymentMethod(account, form),
  ),
  "GET payment_methods": operation(
    "payment_methods.list",
    [...paging, "customer", "type"],
    (account, _id, form) => listPaymentMethods(account, form),
  ),
  "GET payment_methods/:id": operation("payment_methods.retrieve", [], (account, id) =>
    retrievePaymentMethod(account, id),
  ),
  "POST payment_methods/:id/attach": operation("payment_methods.attach", ["customer"], attachPaymentMethod),
  "POST payment_methods/:id/detach": operation("payment_methods.detach", [], (account, id) =>
    detachPaymentMethod(account, id),
  ),
};
