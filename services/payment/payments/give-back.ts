/** Money given back on top of what booking asks: what is to be kept is less by it, and the rest is as with any other refund. */
import { isOnArrival } from "../ledger/accounts.ts";
import { type Charges, type Circumstances, keptMinor, type Payment, type Step } from "./payment.ts";
import { draftOf, hasEnded, proceed } from "./plan-call.ts";

/** Why nothing of a charge can be given back now. */
export type Obstacle = "not-taken-yet" | "disputed" | "paid-on-arrival";

/** What is, or is to be, kept of a charge, and what keeps it from being given back; null where nothing does. */
function standingOf(payment: Payment): { readonly minor: number; readonly obstacle: Obstacle | null } {
  const { intentState, targetMinor, amountMinor } = payment;
  if (hasEnded(payment)) return { minor: 0, obstacle: null };
  if (intentState !== "captured" || targetMinor === null)
    return { minor: targetMinor ?? amountMinor, obstacle: "not-taken-yet" };
  // Of a charge over which a dispute was lost the provider gives nothing more back.
  if (payment.chargedBackMinor > 0) return { minor: 0, obstacle: null };
  const minor = Math.min(targetMinor, keptMinor(payment));
  // The bank has it.
  if (payment.disputed) return { minor, obstacle: "disputed" };
  // The vendor has it in hand, and nobody here can send it back.
  if (isOnArrival(payment)) return { minor, obstacle: "paid-on-arrival" };
  return { minor, obstacle: null };
}

function givableOf(payment: Payment): number {
  const { minor, obstacle } = standingOf(payment);
  return obstacle === null ? minor : 0;
}

/** The most that can be given back of a booking: nothing that is not taken yet, nor what is on its way back already. */
export function givableMinor(charges: Charges): number {
  return charges.reduce((sum, charge) => sum + givableOf(charge), 0);
}

/**
 * Why so much cannot be given back: what stands in the way of the rest, or that more was never, and will not be, kept.
 * Null where it can.
 */
export function whyNotGiven(charges: Charges, amountMinor: number): Obstacle | "more-than-kept" | null {
  let left = amountMinor - givableMinor(charges);
  if (left <= 0) return null;
  for (const reason of ["paid-on-arrival", "disputed", "not-taken-yet"] as const) {
    const held = charges.map(standingOf).filter(({ obstacle, minor }) => obstacle === reason && minor > 0);
    left -= held.reduce((sum, { minor }) => sum + minor, 0);
    if (held.length > 0 && left <= 0) return reason;
  }
  return "more-than-kept";
}

/** What was given back on top: of all the charges together, and of the balance among them. */
export interface Given {
  readonly inAllMinor: number;
  readonly ofBalanceMinor: number;
}

export function givenOf(charges: Charges): Given {
  const sum = (some: Charges) => some.reduce((minor, { goodwillMinor }) => minor + goodwillMinor, 0);
  return {
    inAllMinor: sum(charges),
    ofBalanceMinor: sum(charges.filter(({ collection }) => collection !== null)),
  };
}

/**
 * Pure: gives back so much, at most what can be given; from the latest charge first. Each charge remembers its own part:
 * what booking asks later is meant without it, and of a balance that booking waits for, only the balance's own is.
 */
export function giveBack(charges: Charges, amountMinor: number, circumstances: Circumstances): Step[] {
  let left = amountMinor;
  const steps: Step[] = [];
  let current = charges;
  for (const payment of charges.toReversed()) {
    const givable = givableOf(payment);
    const share = Math.min(left, givable);
    if (share === 0) continue;
    left -= share;
    const draft = draftOf(payment, current);
    draft.payment.targetMinor = givable - share;
    draft.payment.goodwillMinor += share;
    const step = proceed(draft, circumstances);
    current = current.map((one) => (one.charge === payment.charge ? step.payment : one));
    steps.push(step);
  }
  return steps.toReversed();
}
