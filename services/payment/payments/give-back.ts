/** Money given back on top of what booking asks: what is to be kept is less by it, and the rest is as with any other refund. */
import { type Charges, type Circumstances, keptMinor, type Payment, type Step } from "./payment.ts";
import { draftOf, hasEnded, proceed } from "./plan-call.ts";

/** What is kept of a charge, is to stay so, and can still be given back: what is disputed, the bank has. */
function givableOf(payment: Payment): number {
  const { intentState, targetMinor, disputed } = payment;
  if (intentState !== "captured" || targetMinor === null || disputed || hasEnded(payment)) return 0;
  return Math.max(0, Math.min(targetMinor, keptMinor(payment)));
}

/** The most that can be given back of a booking: nothing that is not taken yet, nor what is on its way back already. */
export function givableMinor(charges: Charges): number {
  return charges.reduce((sum, charge) => sum + givableOf(charge), 0);
}

/** What booking wants to be kept, less what was given back on top of that. */
export function afterGoodwill(keepMinor: number, charges: Charges): number {
  return Math.max(0, keepMinor - (charges.find(({ charge }) => charge === 1)?.goodwillMinor ?? 0));
}

/**
 * Pure: gives back so much, at most what can be given; from the latest charge first. Charge 1 remembers how much it was in
 * all, since what booking asks later is to be kept is meant without it.
 */
export function giveBack(charges: Charges, amountMinor: number, circumstances: Circumstances): Step[] {
  let left = amountMinor;
  const steps: Step[] = [];
  let current = charges;
  for (const payment of charges.toReversed()) {
    const givable = givableOf(payment);
    const share = Math.min(left, givable);
    if (share === 0 && payment.charge > 1) continue;
    left -= share;
    const draft = draftOf(payment, current);
    if (share > 0) draft.payment.targetMinor = givable - share;
    if (payment.charge === 1) draft.payment.goodwillMinor += amountMinor - left;
    const step = proceed(draft, circumstances);
    current = current.map((one) => (one.charge === payment.charge ? step.payment : one));
    steps.push(step);
  }
  return steps.toReversed();
}
