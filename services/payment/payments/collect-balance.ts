/** How the collection of a balance goes on: what an attempt came to, what is to be asked next, and when it is given up. */
import { paymentBalanceFailed, paymentBalanceLost } from "@holdfast/contracts/events/payment";
import { announce } from "./announce.ts";
import { ended, failed, hasBegun, isGivenUp, nextAttemptAt } from "./collection.ts";
import type { Call, Circumstances, Draft, Payment } from "./payment.ts";

/** Is booking still waiting for this balance? */
function isAwaited({ collection, asked, status }: Payment): boolean {
  return (
    collection !== null && asked === "capture" && (status === "requested" || status === "action-required")
  );
}

/** An attempt has come to a definite no. The guest may pay on their side; it is tried again in its time. */
export function failAttempt(draft: Draft, reason: string, { businessMs }: Circumstances): void {
  const { payment } = draft;
  const { collection } = payment;
  if (collection === null || !collection.isTrying) return;
  payment.collection = failed(collection, businessMs);
  if (!isAwaited(payment)) return;
  payment.status = "action-required";
  payment.reason = reason;
  const { attempts, dueAt, givesUpAt } = payment.collection;
  if (attempts === 0) return;
  const next = nextAttemptAt(payment.collection);
  announce(draft, paymentBalanceFailed, {
    due: { amountMinor: payment.amountMinor, currency: payment.currency },
    reason,
    attempt: attempts,
    dueAt,
    ...(next !== undefined && { nextAttemptAt: next }),
    givesUpAt,
  });
}

/** It cannot be paid any more. Whatever turns up at Stripe afterwards is given back. */
export function loseBalance(draft: Draft, reason: string): void {
  const { payment } = draft;
  payment.status = "declined";
  payment.reason ??= reason;
  payment.asked = "settle";
  payment.targetMinor = 0;
  announce(draft, paymentBalanceLost, {
    due: { amountMinor: payment.amountMinor, currency: payment.currency },
    reason: payment.reason,
  });
}

/** Draws the conclusions that no answer of Stripe's draws: called with no call under way. */
export function concludeBalance(draft: Draft, circumstances: Circumstances): void {
  const { payment } = draft;
  const { collection, intentId, intentState, paymentMethod } = payment;
  if (collection === null) return;
  if (isAwaited(payment)) {
    const isNothing = intentId === null || intentState === "cancelled";
    if (isGivenUp(collection, circumstances.businessMs) && isNothing) {
      loseBalance(draft, "payment/not-completed");
    } else if (collection.isTrying && intentState === "open" && paymentMethod === null) {
      failAttempt(draft, "payment/method-missing", circumstances);
    }
  }
  // Only what is awaited is tried; paid, ended or called off, nothing more is to come.
  if (!isAwaited(payment) && payment.collection !== null) payment.collection = ended(payment.collection);
}

type Wish = Pick<Call, "purpose" | "amountMinor">;

/** What to ask of Stripe about a balance that is not captured; attempts begin elsewhere, when their time has come. */
export function wishOfBalance(
  payment: Payment,
  { businessMs }: Pick<Circumstances, "businessMs">,
): Wish | null {
  const { collection, intentId, intentState, targetMinor, amountMinor } = payment;
  if (collection === null) return null;
  if (intentId === null)
    return collection.isTrying && isAwaited(payment) ? { purpose: "create", amountMinor: null } : null;
  if (intentState !== "open") return null;
  if (!isAwaited(payment) || isGivenUp(collection, businessMs))
    return { purpose: "cancel", amountMinor: null };
  if (targetMinor !== null && targetMinor < amountMinor)
    return { purpose: "amend", amountMinor: targetMinor };
  return collection.isTrying ? { purpose: "confirm", amountMinor: null } : null;
}

/** Would making the call again charge somebody whose booking has begun, or is over? */
export function isTooLateFor({ collection, asked }: Payment, call: Call, businessMs: number): boolean {
  if (collection === null || (call.purpose !== "create" && call.purpose !== "confirm")) return false;
  return asked === "settle" || hasBegun(collection, businessMs);
}
