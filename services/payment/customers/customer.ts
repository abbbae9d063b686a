/**
 * A guest as the provider knows them, whom what they pay by can be kept with. It is made when first needed; once the person
 * is gone it is deleted there. Pure.
 */
import type { Id } from "@holdfast/contracts/ids";
import type { Failed } from "../payments/answer.ts";
import { instantAt } from "../payments/payment.ts";
import {
  answered,
  type Calling,
  claimed,
  failed,
  mayBeForgotten,
  planned,
  type Surroundings,
  untried,
} from "../written-calls/written-call.ts";

/** `find` looks for the customer of a `create` that never answered. */
export type CustomerPurpose = "create" | "find" | "delete";

/** One row of `customers`. */
export interface Customer extends Calling<CustomerPurpose> {
  readonly userId: Id<"usr">;
  /** The provider's id; null until it is made, and once it is gone there. */
  readonly providerId: string | null;
  /** The person is gone: nothing is made for them any more. */
  readonly isErased: boolean;
  /** Why the provider made none. */
  readonly reason: string | null;
  readonly createdAt: string;
}

/** `customerId` is null where a `find` found none, and of one that was deleted. */
export type CustomerAnswer =
  | { readonly outcome: "done"; readonly customerId: string | null }
  | { readonly outcome: "refused"; readonly reason: string }
  | Failed;

/** What a charge that wants a customer can expect: one, to wait for one, or none ever. */
export type Standing = { readonly customerId: string } | "coming" | "never";

function plannedFor(customer: Customer, purpose: CustomerPurpose, surroundings: Surroundings): Customer {
  return planned(customer, { purpose, subject: `customer:${customer.userId}` }, surroundings);
}

function blank(userId: Id<"usr">, { nowMs }: Surroundings): Customer {
  return {
    ...untried,
    userId,
    providerId: null,
    isErased: false,
    reason: null,
    createdAt: instantAt(nowMs),
  };
}

/** A customer to be made. */
export function newCustomer(userId: Id<"usr">, surroundings: Surroundings): Customer {
  return plannedFor(blank(userId, surroundings), "create", surroundings);
}

/** In place of a customer, of a person who is gone: should anything still ask for one, it learns that there is to be none. */
export function neverCustomer(userId: Id<"usr">, surroundings: Surroundings): Customer {
  return { ...blank(userId, surroundings), isErased: true };
}

export function standingOf({ providerId, isErased, call }: Customer): Standing {
  if (isErased) return "never";
  if (providerId !== null) return { customerId: providerId };
  return call === null ? "never" : "coming";
}

/** Somebody wants to be kept: one is made where there is none, also where the last was refused or has gone. */
export function needed(customer: Customer, surroundings: Surroundings): Customer {
  if (standingOf(customer) !== "never" || customer.isErased) return customer;
  return plannedFor({ ...customer, reason: null }, "create", surroundings);
}

/** It is gone at the provider, though nobody here asked for that. */
export function lost(customer: Customer, customerId: string): Customer {
  return customer.providerId === customerId && customer.call === null
    ? { ...customer, providerId: null }
    : customer;
}

/** The person is gone. A customer that is being made is deleted once it is known. */
export function erased(customer: Customer, surroundings: Surroundings): Customer {
  if (customer.isErased) return customer;
  return followUp({ ...customer, isErased: true }, surroundings);
}

function followUp(customer: Customer, surroundings: Surroundings): Customer {
  const { isErased, providerId, call } = customer;
  const isToGo = isErased && providerId !== null && call === null;
  return isToGo ? plannedFor(customer, "delete", surroundings) : customer;
}

/** Takes the customer up: makes its call again, or looks up what an old one did. */
export function takeUpCustomer(customer: Customer, surroundings: Surroundings): Customer {
  const { call } = customer;
  if (call === null) return { ...customer, nextAttemptAt: null };
  // Deleting again does nothing, and finding only reads.
  if (call.purpose === "create" && mayBeForgotten(call, surroundings))
    return plannedFor({ ...customer, call: null }, "find", surroundings);
  return claimed(customer, surroundings);
}

/** What there is to be deleted, or may have been made, is not let go of: it is asked again, and a person is told. */
function refused(customer: Customer, reason: string, { nowMs, patience }: Surroundings): Customer {
  if (customer.call?.purpose === "create") return { ...answered(customer, null), reason };
  const retryAt = instantAt(nowMs + patience.parkedRetryMs);
  return { ...customer, failures: 0, nextAttemptAt: retryAt, parkedReason: reason };
}

/** The customer after an answer. One to a call that is no longer its own says nothing new. */
export function applyCustomerAnswer(
  customer: Customer,
  { key, answer }: { readonly key: string; readonly answer: CustomerAnswer },
  surroundings: Surroundings,
): Customer {
  const { call } = customer;
  if (call?.key !== key) return customer;
  if (answer.outcome === "failed") return failed(customer, answer, surroundings);
  if (answer.outcome === "refused") return refused(customer, answer.reason, surroundings);
  const next = { ...answered(customer, null), providerId: answer.customerId, reason: null };
  const isMissing = call.purpose === "find" && answer.customerId === null && !customer.isErased;
  return isMissing ? plannedFor(next, "create", surroundings) : followUp(next, surroundings);
}
