/**
 * A dispute as the pure core sees it: the guest has asked their bank for the money back, and the bank decides. Everything
 * about it is read at the provider, again and again until it has ended; what follows is decided from what is so there, so
 * that webhooks may come in any order, twice, late or never.
 */
import type { Id } from "@holdfast/contracts/ids";
import type { Money } from "@holdfast/contracts/values";
import type { Failed } from "../payments/answer.ts";
import { instantAt, type Payment } from "../payments/payment.ts";
import {
  answered,
  type Calling,
  claimed,
  failed,
  planned,
  type Surroundings,
  untried,
} from "../written-calls/written-call.ts";

/** `unread` until it was read once; `closed` where it ended without a decision. */
export const disputeStates = ["unread", "open", "won", "lost", "closed"] as const;
export type DisputeState = (typeof disputeStates)[number];

/** One row of `disputes`. */
export interface Dispute extends Calling<"look"> {
  readonly id: Id<"dsp">;
  /** The provider's id. */
  readonly providerId: string;
  /** Which charge it is about; null where it is none of ours, or not known yet. */
  readonly of: DisputedCharge | null;
  readonly vendorId: Id<"vnd"> | null;
  readonly state: DisputeState;
  /** As the provider calls it. */
  readonly providerStatus: string | null;
  readonly reason: string | null;
  readonly disputed: Money | null;
  /** A refund would still end it: the bank only asks, and has taken nothing yet. */
  readonly isRefundable: boolean;
  /** Until when the bank takes evidence. */
  readonly answerDueBy: string | null;
  readonly openedAt: string | null;
  readonly closedAt: string | null;
  /** What was withdrawn for it and not brought back. */
  readonly withdrawnMinor: number;
  readonly fee: Money | null;
  /** What of that is booked as lost, and how often that was decided, which names the postings. */
  readonly lostMinor: number;
  readonly losses: number;
  /** What of the lost was kept of the charge until then. */
  readonly chargedBackMinor: number;
  /** How many events have been announced about it. */
  readonly version: number;
  readonly traceparent: string | null;
  /** Looks since something was last said of it; each makes the next one later. */
  readonly looks: number;
  readonly createdAt: string;
}

export type DisputedCharge = Pick<Payment, "bookingId" | "charge"> & { readonly paymentId: Payment["id"] };

/** Money that moved for a dispute: taken where it is negative, brought back where it is positive. */
export interface DisputeMovement {
  readonly id: string;
  readonly amountMinor: number;
  readonly fee: Money;
}

/** What the provider says about a dispute at one moment. */
export interface DisputeFacts {
  readonly intentId: string | null;
  /** As the intent's own notes say. */
  readonly bookingId: Payment["bookingId"] | null;
  readonly disputed: Money;
  readonly reason: string;
  readonly state: Exclude<DisputeState, "unread">;
  readonly providerStatus: string;
  readonly isRefundable: boolean;
  readonly answerDueBy: string | null;
  readonly openedAt: string;
  readonly movements: readonly DisputeMovement[];
}

export type DisputeAnswer =
  | { readonly outcome: "done"; readonly dispute: DisputeFacts }
  | { readonly outcome: "refused"; readonly reason: string }
  | Failed;

/** Longest wait between looks at a dispute that is open: banks take weeks, and webhooks tell of most. */
const lookMaxMs = 6 * 3_600_000;
/** After so many looks nobody waits for money any more that a decision should have brought back. */
const looksAfterEndMax = 20;
/** A charge that a dispute names may be learnt of a moment later; after so many looks it is somebody else's. */
const looksForChargeMax = 8;

/** Still open for all that is known. */
export function isOpen({ state }: Pick<Dispute, "state">): boolean {
  return state === "open" || state === "unread";
}

function lookPlanned(dispute: Dispute, surroundings: Surroundings): Dispute {
  return planned(dispute, { purpose: "look", subject: `dispute:${dispute.providerId}` }, surroundings);
}

/** A look that the next sweep makes. */
function lookDue(dispute: Dispute, surroundings: Surroundings): Dispute {
  return { ...lookPlanned(dispute, surroundings), looks: 0, nextAttemptAt: instantAt(surroundings.nowMs) };
}

/** A dispute heard of for the first time. */
export function newDispute(
  { id, providerId }: Pick<Dispute, "id" | "providerId">,
  surroundings: Surroundings,
): Dispute {
  const dispute: Dispute = {
    ...untried,
    id,
    providerId,
    of: null,
    vendorId: null,
    state: "unread",
    providerStatus: null,
    reason: null,
    disputed: null,
    isRefundable: false,
    answerDueBy: null,
    openedAt: null,
    closedAt: null,
    withdrawnMinor: 0,
    fee: null,
    lostMinor: 0,
    losses: 0,
    chargedBackMinor: 0,
    version: 0,
    traceparent: null,
    looks: 0,
    createdAt: instantAt(surroundings.nowMs),
  };
  return lookDue(dispute, surroundings);
}

/** Takes the dispute up: makes its call again, or has a look at how it stands. */
export function takeUpDispute(dispute: Dispute, surroundings: Surroundings): Dispute {
  if (dispute.call !== null) return claimed(dispute, surroundings);
  return lookPlanned({ ...dispute, looks: dispute.looks + 1 }, surroundings);
}

/** Something has changed at the provider: what a look under way finds may be older than that. */
export function lookedSoon(dispute: Dispute, surroundings: Surroundings): Dispute {
  return lookDue({ ...dispute, call: null }, surroundings);
}

/** Is there something to come that the provider may not tell of? */
function isAwaited({ of, state, withdrawnMinor, looks }: Dispute): boolean {
  if (of === null) return looks < looksForChargeMax;
  if (state === "open") return true;
  return state !== "lost" && withdrawnMinor > 0 && looks < looksAfterEndMax;
}

function nextLookAt(dispute: Dispute, { nowMs, patience }: Surroundings): string | null {
  if (!isAwaited(dispute)) return null;
  const waitMs = Math.min(lookMaxMs, patience.lookBaseMs * 2 ** Math.min(dispute.looks, 20));
  return instantAt(nowMs + waitMs);
}

/** The dispute with what was read; `of` is the charge it is about, where that is known here. */
export function absorbed(
  dispute: Dispute,
  facts: DisputeFacts,
  { of, surroundings }: { readonly of: Payment | null; readonly surroundings: Surroundings },
): Dispute {
  const hasEnded = facts.state !== "open";
  const isNews = facts.state !== dispute.state || facts.providerStatus !== dispute.providerStatus;
  const fees = facts.movements.map(({ fee }) => fee);
  const read: Dispute = {
    ...dispute,
    of: of === null ? null : { bookingId: of.bookingId, charge: of.charge, paymentId: of.id },
    vendorId: of?.vendorId ?? null,
    traceparent: of?.traceparent ?? null,
    state: facts.state,
    providerStatus: facts.providerStatus,
    reason: facts.reason,
    disputed: facts.disputed,
    isRefundable: facts.isRefundable,
    answerDueBy: facts.answerDueBy,
    openedAt: facts.openedAt,
    closedAt: hasEnded ? (dispute.closedAt ?? instantAt(surroundings.nowMs)) : null,
    withdrawnMinor: facts.movements.reduce((sum, { amountMinor }) => sum - amountMinor, 0),
    fee:
      fees[0] === undefined
        ? null
        : { ...fees[0], amountMinor: fees.reduce((sum, { amountMinor }) => sum + amountMinor, 0) },
    looks: isNews ? 0 : dispute.looks,
  };
  return answered(read, nextLookAt(read, surroundings));
}

/** The dispute after a call that told nothing. */
export function unanswered(
  dispute: Dispute,
  answer: Exclude<DisputeAnswer, { readonly outcome: "done" }>,
  surroundings: Surroundings,
): Dispute {
  if (answer.outcome === "failed") return failed(dispute, answer, surroundings);
  // The provider knows no such dispute: it was told of another account's, or with another key.
  const retryAt = instantAt(surroundings.nowMs + surroundings.patience.parkedRetryMs);
  return { ...answered(dispute, retryAt), parkedReason: answer.reason };
}
