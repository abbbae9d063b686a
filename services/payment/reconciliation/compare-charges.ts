/** Compares charges with their intents at the provider, and with the ledger. Pure. */
import { id } from "@holdfast/contracts/ids";
import { isAhead } from "../payments/absorb-intent.ts";
import type { IntentFacts } from "../payments/answer.ts";
import type { Charges, Payment } from "../payments/payment.ts";
import { usualProvider } from "../providers/provider.ts";
import { type Finding, said, saidOf, type Side } from "./finding.ts";

/** What the ledger has of one charge. */
export interface LedgerOfCharge {
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly feeMinor: number;
}

export const nothingPosted: LedgerOfCharge = { capturedMinor: 0, refundedMinor: 0, feeMinor: 0 };

/** What the provider is asked about it may still be changing: nothing is judged until that is known. */
export function isSettled({ call }: Pick<Payment, "call">): boolean {
  return call === null;
}

function contradiction(charge: Payment, theirs: IntentFacts): string | null {
  if (theirs.currency !== charge.currency) return `in ${theirs.currency}`;
  if (theirs.bookingId !== charge.bookingId) return `for booking ${theirs.bookingId ?? "none"}`;
  if (theirs.paymentId !== charge.id) return `for payment ${theirs.paymentId ?? "none"}`;
  // A balance shrinks with the price, in our books and at the provider at moments of their own.
  const isOther = theirs.amountMinor !== charge.amountMinor && charge.collection === null;
  return isOther ? "for another amount" : null;
}

function heldOf(facts: IntentFacts): number {
  return facts.state === "captured"
    ? facts.receivedMinor - (facts.refundedMinor ?? 0)
    : facts.capturableMinor;
}

/** What differs between a charge and its intent, the first thing only: what follows from it differs as well. */
function differenceOf(
  charge: Payment,
  theirs: IntentFacts,
): Pick<Finding, "kind" | "ours" | "theirs" | "repairable"> | null {
  const { currency, intentState, capturedMinor, refundedMinor, fee } = charge;
  const amount = (says: string, minor: number): Side => saidOf(says, minor, currency);
  const other = contradiction(charge, theirs);
  if (other !== null)
    return {
      kind: "intent-mismatch",
      ours: amount("the charge", charge.amountMinor),
      theirs: saidOf(other, theirs.amountMinor, theirs.currency),
      repairable: false,
    };
  const ahead = isAhead(theirs.state, intentState);
  const isTaken = theirs.state === "captured" || intentState === "captured";
  const receivedMinor = theirs.state === "captured" ? theirs.receivedMinor : 0;
  if (isTaken && (receivedMinor !== capturedMinor || theirs.state !== intentState))
    return {
      kind: "capture-differs",
      ours: amount(intentState ?? "not read", capturedMinor),
      theirs: amount(theirs.state, receivedMinor),
      repairable: ahead,
    };
  if (theirs.state !== intentState)
    return {
      kind: "state-differs",
      ours: said(intentState ?? "not read"),
      theirs: said(theirs.state),
      repairable: ahead,
    };
  const backMinor = theirs.refundedMinor ?? refundedMinor;
  if (isTaken && backMinor !== refundedMinor)
    return {
      kind: "refund-differs",
      ours: amount("given back", refundedMinor),
      theirs: amount("given back", backMinor),
      repairable: true,
    };
  const kept = isTaken ? theirs.fee : undefined;
  if (kept !== undefined && (fee?.amountMinor !== kept.amountMinor || fee.currency !== kept.currency))
    return {
      kind: "fee-differs",
      ours: fee === null ? said("not known") : { says: "the fee", amount: fee },
      theirs: { says: "the fee", amount: kept },
      repairable: fee === null,
    };
  return null;
}

/** Does the charge have an intent at the provider whose books are compared? */
export function hasIntent({ provider, intentId }: Pick<Payment, "provider" | "intentId">): boolean {
  return intentId !== null && provider === usualProvider;
}

/**
 * A charge with what the provider says of its intent (null where it knows no such intent). Null where that cannot be judged
 * now.
 */
export function compareCharge(charge: Payment, theirs: IntentFacts | null): Finding[] | null {
  const { id: subject, bookingId, intentId } = charge;
  if (!isSettled(charge)) return null;
  if (!hasIntent(charge)) return [];
  if (theirs === null) {
    const ours = saidOf(charge.status, charge.capturedMinor, charge.currency);
    const unknown = said(`no intent ${intentId}`);
    return [{ kind: "intent-missing", subject, bookingId, ours, theirs: unknown, repairable: false }];
  }
  const difference = differenceOf(charge, theirs);
  return difference === null ? [] : [{ ...difference, subject, bookingId }];
}

/** May the provider still take the guest's money for it, or has it some of it? */
function isLive(facts: IntentFacts): boolean {
  return facts.state === "open" || heldOf(facts) > 0;
}

/**
 * An intent that is none of the charges': `charges` are those of the booking that it names. One that a charge is being
 * created with is that charge's, as soon as the call is answered. `stands` says whether the booking does; null while
 * booking does not answer.
 */
export function compareStrayIntent(
  facts: IntentFacts,
  charges: Charges,
  stands: boolean | null,
): Finding[] | null {
  const { intentId: subject, paymentId, currency } = facts;
  const theirs = saidOf(facts.state, heldOf(facts), currency);
  // What is written at the provider may be anything.
  const named = id("bkg").safeParse(facts.bookingId);
  if (!named.success || paymentId === null) {
    if (heldOf(facts) === 0) return [];
    const ours = said("nothing of ours");
    return [{ kind: "intent-foreign", subject, bookingId: null, ours, theirs, repairable: false }];
  }
  if (charges.some(({ intentId }) => intentId === subject) || !isLive(facts)) return [];
  const meant = charges.find(({ id }) => id === paymentId);
  const isUnderWay = meant !== undefined && meant.intentId === null && meant.call !== null;
  if (isUnderWay) return null;
  const ours = said(meant === undefined ? "no such charge" : `its intent is ${meant.intentId ?? "none"}`);
  const bookingId = named.data as Payment["bookingId"];
  const isPaidOtherwise = meant !== undefined;
  return [
    {
      kind: "intent-unknown",
      subject,
      bookingId,
      ours,
      theirs,
      repairable: isPaidOtherwise || stands === false,
    },
  ];
}

/** A charge with what the ledger has of it; null where that cannot be judged now. */
export function compareLedger(charge: Payment, posted: LedgerOfCharge): Finding[] | null {
  const { id: subject, bookingId, currency, capturedMinor, refundedMinor, fee } = charge;
  if (!isSettled(charge)) return null;
  const feeMinor = fee?.amountMinor ?? 0;
  const pairs = [
    ["captured", posted.capturedMinor, capturedMinor, currency],
    ["given back", posted.refundedMinor, refundedMinor, currency],
    ["the fee", posted.feeMinor, feeMinor, fee?.currency ?? currency],
  ] as const;
  const wrong = pairs.find(([, ledger, known]) => ledger !== known);
  if (wrong === undefined) return [];
  const [says, ledger, known, of] = wrong;
  const isBehind = pairs.every(([, inLedger, inCharge]) => inLedger <= inCharge);
  const ours = saidOf(`${says}, by the ledger`, ledger, of);
  const theirs = saidOf(`${says}, by the charge`, known, of);
  return [{ kind: "ledger-differs", subject, bookingId, ours, theirs, repairable: isBehind }];
}
