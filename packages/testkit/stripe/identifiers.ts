import { randomUUID } from "node:crypto";

// A new process must not repeat the ids of an earlier one: a caller's database still holds those.
const run = randomUUID().replaceAll("-", "").slice(0, 12);
let count = 0;

/** A Stripe-shaped id, unique over restarts, such as `pi_3H0c9a1b2d4e5fH0000001a`: letters keep digits from being a card's. */
export function newId(prefix: string): string {
  count += 1;
  return `${prefix}_3H${run}H${count.toString(36).padStart(8, "0")}`;
}

/** The secret a guest's browser holds for one intent. */
export function newClientSecret(intentId: string): string {
  return `${intentId}_secret_${randomUUID().replaceAll("-", "").slice(0, 25)}`;
}
