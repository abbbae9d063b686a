import { announce, type Account } from "./account.ts";
import { conflictingState, type Refusal } from "./errors.ts";
import type { IntentObject, PaymentMethod } from "./objects.ts";

/** What using a method again is refused with once it was paid with unsaved, or detached. */
export function usedUp(): Refusal {
  return conflictingState(
    undefined,
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
  );
}

/** Saves a method to a customer; the same id keeps working. */
export function saveToCustomer(account: Account, method: PaymentMethod, customer: string): void {
  if (method.object.customer === customer) return;
  method.object = { ...method.object, customer };
  announce(account, { type: "payment_method.attached", object: method.object });
}

export function detachFromCustomer(account: Account, method: PaymentMethod): void {
  method.isSpent = true;
  method.object = { ...method.object, customer: null };
  announce(account, { type: "payment_method.detached", object: method.object });
}

/** What a payment that went through leaves of its method: saved where the intent says so, else used up. */
export function afterPayment(
  account: Account,
  method: PaymentMethod,
  { customer, setup_future_usage: usage }: IntentObject,
): void {
  if (usage !== null && customer !== null) {
    if (usage === "off_session") method.isSetUp = true;
    // Another object, so that the state file learns of it.
    method.object = { ...method.object };
    saveToCustomer(account, method, customer);
  } else if (method.object.customer === null) {
    method.isSpent = true;
    method.object = { ...method.object };
  }
}
