/** Adds events to a decision, under the payment's next version. */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import { type Draft, isCapturedBalance, keptMinor, lostOfAll } from "./payment.ts";

/** Adds an event about the payment. */
export function announce<D>(
  draft: Draft,
  event: EventDefinition<D>,
  data: Omit<D, "paymentId" | "bookingId" | "charge">,
): void {
  const { payment } = draft;
  payment.version += 1;
  draft.announced.push({
    event,
    version: payment.version,
    data: { paymentId: payment.id, bookingId: payment.bookingId, charge: payment.charge, ...data },
  });
}

/** What is kept of all the booking's charges, as the draft has it. */
export function keptInAll({ payment, keptElsewhereMinor }: Draft): number {
  return keptMinor(payment) + keptElsewhereMinor;
}

/** Why less is kept than booking asks for, where it is: what was given back on top, and what banks took. */
export function ofLess({ payment, goodwillElsewhereMinor, lostElsewhereMinor }: Draft): {
  readonly goodwillMinor?: number;
  readonly lostMinor?: number;
} {
  const goodwillMinor = payment.goodwillMinor + goodwillElsewhereMinor;
  const lostMinor = lostOfAll([payment]) + lostElsewhereMinor;
  return { ...(goodwillMinor > 0 && { goodwillMinor }), ...(lostMinor > 0 && { lostMinor }) };
}

/** What an event that says what is kept says of the balance. */
export function ofBalance({ payment, isBalanceElsewhere }: Draft): { readonly balanceCaptured?: true } {
  return isBalanceElsewhere || isCapturedBalance(payment) ? { balanceCaptured: true } : {};
}
