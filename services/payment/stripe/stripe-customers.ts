/**
 * Guests as Stripe's customers, and what is kept with them (https://docs.stripe.com/payments/save-during-payment). What
 * there is, Stripe alone knows: nothing of it is copied.
 */
import assert from "node:assert";
import { Stripe } from "stripe";
import type { CustomerAnswer } from "../customers/customer.ts";
import type { Failed } from "../payments/answer.ts";
import type {
  CustomerCall,
  CustomerProvider,
  DetachAnswer,
  MethodsAnswer,
  OwnsAnswer,
  SavedMethod,
} from "../providers/customer-provider.ts";
import { usualProvider } from "../providers/provider.ts";
import { classifyError } from "./classify-error.ts";

const pageSize = 100;
/** Pages of customers read at most when looking for one whose creation never answered. */
const pagesMax = 20;
/** Stripe's clock and ours may differ by this much. */
const clockSkewSeconds = 60;

/** Says who it is by our id alone: names and addresses are none of Stripe's. */
async function createCustomer(stripe: Stripe, { key, customer }: CustomerCall): Promise<CustomerAnswer> {
  const made = await stripe.customers.create(
    { metadata: { user_id: customer.userId } },
    { idempotencyKey: key },
  );
  return { outcome: "done", customerId: made.id };
}

/** The list is consistent, unlike Stripe's search; it is read newest first, back to the time of our own row. */
async function findCustomer(stripe: Stripe, { customer }: CustomerCall): Promise<CustomerAnswer> {
  const sinceMs = Temporal.Instant.from(customer.createdAt).epochMilliseconds;
  const created = { gte: Math.floor(sinceMs / 1000) - clockSkewSeconds };
  let after: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await stripe.customers.list({
      created,
      limit: pageSize,
      ...(after === undefined ? undefined : { starting_after: after }),
    });
    const found = listed.data.find(({ metadata }) => metadata["user_id"] === customer.userId);
    if (found !== undefined) return { outcome: "done", customerId: found.id };
    after = listed.data.at(-1)?.id;
    if (!listed.has_more || after === undefined) return { outcome: "done", customerId: null };
  }
  return { outcome: "refused", reason: "customer-not-found" };
}

/** Whatever is kept with it is detached at once. One that is gone already is not there, which is what was wanted. */
async function deleteCustomer(stripe: Stripe, { customer }: CustomerCall): Promise<CustomerAnswer> {
  const { providerId } = customer;
  assert(providerId !== null, "what is deleted is there");
  try {
    await stripe.customers.del(providerId);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return { outcome: "done", customerId: null };
}

const customerCalls = { create: createCustomer, find: findCustomer, delete: deleteCustomer } as const;

function isMissing(error: unknown): error is Stripe.errors.StripeError {
  return error instanceof Stripe.errors.StripeError && error.code === "resource_missing";
}

function methodOf({ id, type, card, created }: Stripe.PaymentMethod): SavedMethod {
  return {
    methodId: id,
    type,
    brand: card?.brand ?? null,
    last4: card?.last4 ?? null,
    expiresMonth: card?.exp_month ?? null,
    expiresYear: card?.exp_year ?? null,
    createdAt: Temporal.Instant.fromEpochMilliseconds(created * 1_000).toString(),
  };
}

async function listMethods(
  stripe: Stripe,
  { customerId, limit, after }: Parameters<CustomerProvider["listMethods"]>[0],
): Promise<MethodsAnswer> {
  try {
    const listed = await stripe.customers.listPaymentMethods(customerId, {
      limit,
      ...(after !== null && { starting_after: after }),
    });
    return { outcome: "done", methods: listed.data.map(methodOf), more: listed.has_more };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { outcome: "refused", reason: error.param === "starting_after" ? "cursor" : "customer-missing" };
  }
}

async function ownsMethod(
  stripe: Stripe,
  { customerId, methodId }: Parameters<CustomerProvider["ownsMethod"]>[0],
): Promise<OwnsAnswer> {
  try {
    await stripe.customers.retrievePaymentMethod(customerId, methodId);
    return { outcome: "done", owns: true };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    // Whose it is instead, or whether there is any, makes no difference.
    return { outcome: "done", owns: false };
  }
}

/**
 * Done again it does nothing, so Stripe is given no key: under one it would repeat an error that it kept. What is refused
 * because it was detached before is done; Stripe has no code of its own for that, so it is read.
 */
async function detachMethod(stripe: Stripe, methodId: string): Promise<DetachAnswer> {
  try {
    await stripe.paymentMethods.detach(methodId);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    if (!isMissing(error) && (await stripe.paymentMethods.retrieve(methodId)).customer !== null) throw error;
  }
  return { outcome: "done" };
}

/** What went wrong as an answer. */
async function answering<A>(
  make: () => Promise<A>,
): Promise<A | { readonly outcome: "refused"; readonly reason: "refused" } | Failed> {
  try {
    return await make();
  } catch (error) {
    const answer = classifyError(error);
    return answer.outcome === "failed" ? answer : { outcome: "refused", reason: "refused" };
  }
}

export function stripeCustomers(stripe: Stripe): CustomerProvider {
  return {
    name: usualProvider,
    callAboutCustomer: (call) => answering(() => customerCalls[call.purpose](stripe, call)),
    listMethods: (of) => answering(() => listMethods(stripe, of)),
    ownsMethod: (of) => answering(() => ownsMethod(stripe, of)),
    detachMethod: (methodId) => answering(() => detachMethod(stripe, methodId)),
  };
}
