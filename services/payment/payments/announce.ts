/** Adds events to a decision, under the payment's next version. */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import { type Draft, isCapturedBalance, keptMinor } from "./payment.ts";

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

/** What an event that says what is kept says of what was given back on top, where anything was. */
export function ofGoodwill({ payment, goodwillElsewhereMinor }: Draft): { readonly goodwillMinor?: number } {
  const goodwillMinor = payment.goodwillMinor + goodwillElsewhereMinor;
  return goodwillMinor > 0 ? { goodwillMinor } : {};
}

/** What an event that says what is kept says of the balance. */
export function ofBalance({ payment, isBalanceElsewhere }: Draft): { readonly balanceCaptured?: true } {
  return isBalanceElsewhere || isCapturedBalance(payment) ? { balanceCaptured: true } : {};
}
