/** Pure: what follows from what was read of a dispute, for its charge, the books, and those who listen. */
import { merged, type Posting } from "../ledger/accounts.ts";
import { paymentDisputeClosed, paymentDisputed } from "@holdfast/contracts/events/payment";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import {
  type Charges,
  type Circumstances,
  keptOfAll,
  lostOfAll,
  type Payment,
  type Step,
} from "../payments/payment.ts";
import { takeDisputes } from "../payments/take-disputes.ts";
import {
  absorbed,
  type Dispute,
  type DisputeAnswer,
  type DisputeFacts,
  type DisputeMovement,
  isOpen,
  unanswered,
} from "./dispute.ts";

/** An event to announce about a dispute. */
export interface DisputeNews {
  readonly event: EventDefinition;
  readonly version: number;
  readonly data: unknown;
}

export interface Decided {
  readonly dispute: Dispute;
  /** Of the charge it is about, where something changes for it. */
  readonly step: Step | null;
  readonly postings: readonly Posting[];
  readonly announced: readonly DisputeNews[];
}

/** What a decision is made from, beside the dispute itself. */
export interface DisputeSurroundings {
  readonly charges: Charges;
  /** Is another dispute about the same charge open? */
  readonly othersOpen: boolean;
  readonly circumstances: Circumstances;
}

function untouched(dispute: Dispute): Decided {
  return { dispute, step: null, postings: [], announced: [] };
}

/** Money of ours that the bank has taken, or brought back. Known by the provider's own id, each is posted once. */
function movementPosting(
  { id, amountMinor, fee }: DisputeMovement,
  { bookingId, vendorId, currency }: Payment,
): Posting {
  const entries = merged([
    { account: "disputed", currency, amountMinor: -amountMinor },
    { account: "stripe", currency, amountMinor },
    { account: "stripe-fee", currency: fee.currency, amountMinor: fee.amountMinor },
    { account: "stripe", currency: fee.currency, amountMinor: -fee.amountMinor },
  ]);
  return {
    kind: amountMinor > 0 ? "dispute-won" : "dispute-opened",
    cause: id,
    bookingId,
    vendorId,
    entries,
  };
}

/**
 * What is lost for good was given back to the guest, as a refund is, and settlement shares it out so. What the guest has
 * beyond that, having been given it back before, is the platform's loss: nobody else had it.
 */
function decideLoss(
  read: Dispute,
  payment: Payment,
): { readonly dispute: Dispute; readonly posting: Posting } {
  const { bookingId, vendorId, currency, capturedMinor, refundedMinor } = payment;
  const lostMinor = read.state === "lost" ? Math.max(0, read.withdrawnMinor) : 0;
  const chargedBackElsewhere = payment.chargedBackMinor - read.chargedBackMinor;
  const hadMinor = Math.max(0, capturedMinor - refundedMinor - chargedBackElsewhere);
  const chargedBackMinor = Math.min(lostMinor, hadMinor);
  const moreLost = lostMinor - read.lostMinor;
  const moreBack = chargedBackMinor - read.chargedBackMinor;
  const entries = merged([
    { account: "refunds", currency, amountMinor: moreBack },
    { account: "write-off", currency, amountMinor: moreLost - moreBack },
    { account: "disputed", currency, amountMinor: -moreLost },
  ]);
  const losses = read.losses + (entries.length > 0 ? 1 : 0);
  return {
    dispute: { ...read, lostMinor, chargedBackMinor, losses },
    posting: { kind: "dispute-lost", cause: `${read.id}:${losses}`, bookingId, vendorId, entries },
  };
}

/** The charge it is about: the one whose intent it names, among those of the booking that the intent names. */
function chargeOf(charges: Charges, { intentId }: DisputeFacts): Payment | undefined {
  return charges.find((charge) => intentId !== null && charge.intentId === intentId);
}

/** What is kept, and what of it banks have taken instead. */
function keptNow(charges: Charges) {
  const lostMinor = lostOfAll(charges);
  return { keptMinor: keptOfAll(charges), ...(lostMinor > 0 && { lostMinor }) };
}

/** Tells once that it began and once that it ended, also where both were read at once. */
function newsOf(
  dispute: Dispute,
  payment: Payment,
  charges: Charges,
): { version: number; announced: DisputeNews[] } {
  const { id: disputeId, disputed, reason, answerDueBy, state } = dispute;
  const { id: paymentId, bookingId, charge, vendorId } = payment;
  const facts = { disputeId, paymentId, bookingId, charge, ...(vendorId && { vendorId }), disputed };
  const due = answerDueBy === null ? {} : { answerDueBy };
  const all = [
    { event: paymentDisputed, data: { ...facts, reason, ...due } },
    ...(isOpen(dispute)
      ? []
      : [{ event: paymentDisputeClosed, data: { ...facts, outcome: state, ...keptNow(charges) } }]),
  ].map(({ event, data }, index) => ({ event: event as EventDefinition, version: index + 1, data }));
  return {
    version: Math.max(dispute.version, all.length),
    announced: all.slice(dispute.version),
  };
}

function decideRead(dispute: Dispute, facts: DisputeFacts, surroundings: DisputeSurroundings): Decided {
  const { charges, othersOpen, circumstances } = surroundings;
  const payment = chargeOf(charges, facts);
  const read = absorbed(dispute, facts, { of: payment ?? null, surroundings: circumstances });
  if (payment === undefined) return untouched(read);
  if (facts.disputed.currency !== payment.currency) {
    // Nothing is booked of what cannot be meant; it is looked at again only when the provider says something new.
    return untouched({
      ...dispute,
      ...read,
      of: null,
      nextAttemptAt: null,
      parkedReason: "contradicts-charge",
    });
  }
  const { dispute: decided, posting } = decideLoss(read, payment);
  const step = takeDisputes(
    charges,
    payment,
    {
      disputed: othersOpen || (isOpen(read) && !read.isRefundable),
      chargedBackMinor: payment.chargedBackMinor - dispute.chargedBackMinor + decided.chargedBackMinor,
    },
    circumstances,
  );
  const now = charges.map((one) => (one.charge === payment.charge ? step.payment : one));
  const { version, announced } = newsOf(decided, payment, now);
  const moved = facts.movements.map((movement) => movementPosting(movement, payment));
  const postings = [...moved, posting].filter(({ entries }) => entries.length > 0);
  return { dispute: { ...decided, version }, step, postings, announced };
}

/** The dispute after an answer. One to a call that is no longer its own tells of a moment gone by. */
export function decideDispute(
  dispute: Dispute,
  { key, answer }: { readonly key: string; readonly answer: DisputeAnswer },
  surroundings: DisputeSurroundings,
): Decided {
  if (dispute.call?.key !== key) return untouched(dispute);
  if (answer.outcome === "done") return decideRead(dispute, answer.dispute, surroundings);
  return untouched(unanswered(dispute, answer, surroundings.circumstances));
}
