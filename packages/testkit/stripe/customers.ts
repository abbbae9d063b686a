import type { Stripe } from "stripe";
import { announce, type Account } from "./account.ts";
import { noSuch } from "./errors.ts";
import { emptyForm, type Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import type { Customer } from "./objects.ts";
import { page } from "./lists.ts";
import { clearableText, mergedMetadata, optionalGroup, optionalText } from "./parameters.ts";
import { detachFromCustomer } from "./saved-methods.ts";

/** The live customer with this id. @throws Refusal `resource_missing` */
export function requireCustomer(
  account: Account,
  id: string,
  status: 400 | 404,
): Stripe.Customer & { readonly id: string } {
  const customer = account.customers.get(id)?.object;
  if (customer === undefined || customer.deleted === true) {
    throw noSuch("customer", id, status === 404 ? "id" : "customer", status);
  }
  return customer;
}

function applied(customer: Stripe.Customer, form: Form): Stripe.Customer {
  const settings = optionalGroup(form, "invoice_settings");
  const defaultMethod =
    settings === undefined ? undefined : clearableText(settings, "default_payment_method");
  return {
    ...customer,
    ...changed("name", clearableText(form, "name")),
    ...changed("phone", clearableText(form, "phone")),
    email: given(clearableText(form, "email"), customer.email),
    description: given(clearableText(form, "description"), customer.description),
    metadata: mergedMetadata(customer.metadata, form),
    invoice_settings: {
      ...customer.invoice_settings,
      default_payment_method: given(defaultMethod, customer.invoice_settings.default_payment_method),
    },
  };
}

function given<T>(value: T | undefined, present: T): T {
  return value === undefined ? present : value;
}

function changed<K extends string>(
  name: K,
  value: string | null | undefined,
): Partial<Record<K, string | null>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, string | null>);
}

export function createCustomer(account: Account, form: Form): Stripe.Customer {
  const blank: Stripe.Customer = {
    id: newId("cus"),
    object: "customer",
    address: null,
    balance: 0,
    created: account.nowSeconds(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: emptyForm() as Stripe.Metadata,
    name: null,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
  };
  const customer: Customer & { object: Stripe.Customer } = { id: blank.id, object: applied(blank, form) };
  account.customers.put(customer);
  if (account.customers.size > account.bounds.customers) account.customers.removeOldest();
  announce(account, { type: "customer.created", object: customer.object });
  return customer.object;
}

export function retrieveCustomer(account: Account, id: string): Stripe.Customer | Stripe.DeletedCustomer {
  const customer = account.customers.get(id);
  if (customer === undefined) throw noSuch("customer", id, "id");
  return customer.object;
}

export function updateCustomer(account: Account, id: string, form: Form): Stripe.Customer {
  const object = applied(requireCustomer(account, id, 404), form);
  account.customers.put({ id, object });
  announce(account, { type: "customer.updated", object });
  return object;
}

export function listCustomers(account: Account, form: Form): Stripe.ApiList<Stripe.Customer> {
  const email = optionalText(form, "email");
  const found = page(
    form,
    account.customers,
    "/v1/customers",
    ({ object }) => object.deleted !== true && (email === undefined || object.email === email),
  );
  return { ...found, data: found.data.filter((customer) => customer.deleted !== true) };
}

export function deleteCustomer(account: Account, id: string): Stripe.DeletedCustomer {
  const present = requireCustomer(account, id, 404);
  const object: Stripe.DeletedCustomer = { id, object: "customer", deleted: true };
  account.customers.put({ id, object });
  for (const method of account.paymentMethods.newestFirst()) {
    if (method.object.customer === id) detachFromCustomer(account, method);
  }
  announce(account, { type: "customer.deleted", object: present });
  return object;
}
