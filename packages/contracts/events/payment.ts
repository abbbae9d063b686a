/**
 * What payment tells the others. `keptMinor` is what is captured and not given back, of all the booking's charges; a payment
 * that ended with nothing captured says 0 there, and names what its other charges keep beside it.
 */
import { z } from "zod";
import { defineEvent } from "../define-event.ts";
import { id } from "../ids.ts";
import { amountMinor, money, utcInstant } from "../values.ts";

/** What is issued about money: for what was captured, and for what was given back. */
export const documentKinds = ["invoice", "credit-note"] as const;
export type DocumentKind = (typeof documentKinds)[number];

const paymentFacts = z.object({
  paymentId: id("pay"),
  bookingId: id("bkg"),
  /** Which of the booking's charges: 1, or the number of its balance or of a reschedule's difference. */
  charge: z.int().min(1).optional(),
});

/** Of what says how much is kept: the balance is among it, or was and went back. */
const balanceCaptured = { balanceCaptured: z.boolean().optional() };
/** What is given back on top of what booking asked for, where anything is: so much less is kept than booking wants. */
const goodwill = { goodwillMinor: amountMinor.optional() };
/** What was to be kept and guests' banks took for good, where anything is: so much less is kept than booking wants. */
const lost = { lostMinor: amountMinor.optional() };

/** The guest has to act: enter a card, or pass 3-D Secure. */
export const paymentActionRequired = defineEvent("payment.action-required.v1", {
  emitter: "payment",
  description: "The guest has to pay on their side before the hold ends.",
  data: paymentFacts,
});

/** The money is set aside, not taken yet. */
export const paymentAuthorised = defineEvent("payment.authorised.v1", {
  emitter: "payment",
  description: "What was asked for was authorised; nothing is captured yet.",
  data: paymentFacts.extend({ authorised: money }),
});

/** The payment was refused for good. */
export const paymentDeclined = defineEvent("payment.declined.v1", {
  emitter: "payment",
  description: "The payment was refused; no further attempt is made.",
  data: paymentFacts.extend({ reason: z.string() }),
});

/** The money is taken. */
export const paymentCaptured = defineEvent("payment.captured.v1", {
  emitter: "payment",
  description: "Money was captured.",
  data: paymentFacts.extend({
    captured: money,
    keptMinor: amountMinor,
    ...balanceCaptured,
    ...goodwill,
    ...lost,
  }),
});

/** The authorisation was given back, or never came to be: nothing was taken. */
export const paymentVoided = defineEvent("payment.voided.v1", {
  emitter: "payment",
  description: "The payment ended with nothing captured.",
  data: paymentFacts.extend({
    keptMinor: z.literal(0),
    /** What is kept of the booking's other charges; absent where that is nothing. */
    bookingKeptMinor: amountMinor.optional(),
    ...balanceCaptured,
    ...goodwill,
    ...lost,
  }),
});

/** A document about money has its number, and never changes again. */
export const documentIssued = defineEvent("payment.document-issued.v1", {
  emitter: "payment",
  description: "An invoice for what was captured, or a credit note for what was given back, was issued.",
  data: z.object({
    documentId: id("doc"),
    kind: z.enum(documentKinds),
    number: z.string(),
    vendorId: id("vnd"),
    bookingId: id("bkg"),
    charge: z.int().min(1),
    /** The invoice that a credit note corrects. */
    invoiceId: id("doc").optional(),
    total: money,
    taxMinor: amountMinor,
  }),
});

/** Captured money went back to the guest. */
export const refundSucceeded = defineEvent("refund.succeeded.v1", {
  emitter: "payment",
  description: "Captured money was given back to the guest, in part or in full.",
  data: paymentFacts.extend({
    refundId: id("rfd"),
    refunded: money,
    keptMinor: amountMinor,
    ...balanceCaptured,
    ...goodwill,
    ...lost,
  }),
});

/** The balance could not be taken. */
export const paymentBalanceFailed = defineEvent("payment.balance-failed.v1", {
  emitter: "payment",
  description:
    "The balance could not be taken by the method the booking was paid with. It is tried again within the grace, and the guest may pay it on their side.",
  data: paymentFacts.extend({
    due: money,
    /** Code of the refusal. */
    reason: z.string(),
    /** Which attempt it was, counted from 1. */
    attempt: z.int().min(1),
    dueAt: utcInstant,
    /** When it is tried again; absent after the last attempt. */
    nextAttemptAt: utcInstant.optional(),
    /** What is not paid by then is given up. */
    givesUpAt: utcInstant,
  }),
});

/** The balance was not paid by the end of the grace: it can no longer be. */
export const paymentBalanceLost = defineEvent("payment.balance-lost.v1", {
  emitter: "payment",
  description: "The balance was not paid in time, and is no longer asked for. Booking ends the booking.",
  data: paymentFacts.extend({ due: money, reason: z.string() }),
});

/**
 * `pending`: the vendor, or the provider, has yet to do something for the first time; `restricted`: nothing is sent until
 * the provider knows more.
 */
export const payoutAccountStates = ["pending", "restricted", "enabled"] as const;

/** Money can be sent to a vendor from now on, or no longer. */
export const payoutAccountChanged = defineEvent("payment.payout-account-changed.v1", {
  emitter: "payment",
  description: "The vendor's account with the payment provider can be paid out to, or no longer can.",
  data: z.object({ vendorId: id("vnd"), state: z.enum(payoutAccountStates) }),
});

const disputeFacts = paymentFacts.extend({
  disputeId: id("dsp"),
  vendorId: id("vnd").optional(),
  disputed: money,
});

/** The guest has asked their bank for the money back. */
export const paymentDisputed = defineEvent("payment.disputed.v1", {
  emitter: "payment",
  description:
    "The guest disputes a charge at their bank; what the vendor is owed of the booking is not sent meanwhile.",
  data: disputeFacts.extend({
    /** In the bank's words: `fraudulent`, `product_not_received`, … */
    reason: z.string(),
    /** Until when evidence is taken. */
    answerDueBy: utcInstant.optional(),
  }),
});

/** How a dispute can end: `closed` without a decision. */
export const disputeOutcomes = ["won", "lost", "closed"] as const;

/** The bank has decided, or the guest has let it be. */
export const paymentDisputeClosed = defineEvent("payment.dispute-closed.v1", {
  emitter: "payment",
  description: "A dispute has ended. What was lost is gone from what is kept, as if it had been refunded.",
  data: disputeFacts.extend({ outcome: z.enum(disputeOutcomes), keptMinor: amountMinor, ...lost }),
});

/** Money is at the vendor's account with the payment provider. */
export const transferSent = defineEvent("payment.transfer-sent.v1", {
  emitter: "payment",
  description: "What a vendor was owed was sent to its account.",
  data: z.object({ transferId: id("trf"), vendorId: id("vnd"), amount: money }),
});

/** Money sent to a vendor was taken back, since what it was sent for went back to the guest. */
export const transferReversed = defineEvent("payment.transfer-reversed.v1", {
  emitter: "payment",
  description: "Of what was sent to a vendor some was taken back.",
  data: z.object({
    transferId: id("trf"),
    reversalId: id("trf"),
    vendorId: id("vnd"),
    bookingId: id("bkg"),
    amount: money,
  }),
});
