/** Takes in what disputes about a charge come to. */
import { chargeDisputed } from "./apply-answer.ts";
import { type Charges, type Circumstances, type Payment, type Step, unchanged } from "./payment.ts";
import { draftOf, proceed } from "./plan-call.ts";

/** Pure: the charge with what is disputed of it; what waited for the bank's decision goes on. */
export function takeDisputes(
  charges: Charges,
  payment: Payment,
  now: Pick<Payment, "disputed" | "chargedBackMinor">,
  circumstances: Circumstances,
): Step {
  if (payment.disputed === now.disputed && payment.chargedBackMinor === now.chargedBackMinor) {
    return unchanged(payment);
  }
  const draft = draftOf(payment, charges);
  Object.assign(draft.payment, now);
  if (payment.parkedReason === chargeDisputed) draft.payment.parkedReason = null;
  return proceed(draft, circumstances);
}
