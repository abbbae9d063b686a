/**
 * The booking saga as a table: what each step asks for, what it awaits, its deadline, and what every message does to it.
 * Messages a step has no entry for change nothing: they are repetitions, or older than what is known.
 * The fault tests are made from this table. Which statuses an action leads between is `bookings/transitions.ts`.
 */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import {
  bookingApprovalRequested,
  bookingCancelled,
  bookingChangeHeld,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  bookingHeld,
  bookingNoShow,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";

export const steps = ["pay", "approve", "capture", "change", "give-back", "stay", "done"] as const;
export type Step = (typeof steps)[number];

/** What can reach a saga: payment's answers, the clock, and the people involved. */
export const messageKinds = [
  "authorised",
  "declined",
  "captured",
  "voided",
  "refunded",
  "goodwill",
  "difference-authorised",
  "difference-declined",
  "balance-due-soon",
  "balance-paid",
  "balance-failed",
  "balance-lost",
  "approve",
  "vendor-decline",
  "cancel",
  "call-off",
  "check-in",
  "complete",
  "no-show",
  "drop-change",
  "deadline",
] as const;
export type MessageKind = (typeof messageKinds)[number];

/** What a message does; each is a pure function. */
export type Action =
  /** The hold becomes a booking, or waits for the vendor's yes where its terms want one. */
  | "confirm"
  /** Payment said no: the slot is free again, nothing is owed. */
  | "decline"
  /** Nobody paid in time: the slot is free again, payment is to end its attempt. */
  | "expire"
  /** The vendor said yes. */
  | "approve"
  /** The vendor said no: the slot is free again, everything goes back. */
  | "refuse"
  /** The vendor did not answer in time: as a no. */
  | "lapse"
  /** The guest called it off: the slot is free again, the refund follows the rule it was booked under. */
  | "cancel"
  /** The vendor called it off, or its money is not to be had: the slot is free again, everything goes back. */
  | "call-off"
  /** A payment came after the hold ended: take the slot again if it is still free, else give the money back. */
  | "retake"
  /** What payment keeps is what it should keep: nothing is left to do with the money. */
  | "settle"
  /** As settle, while a move waits: remembered for when it is made or dropped. */
  | "note"
  /** Payment gave money back on top of what the booking asks: remembered, and the booking stands. */
  | "hear-goodwill"
  /** The difference is paid: the booking moves to the time that is held for it. */
  | "move"
  /** The difference was not paid: the booking stays as it was. */
  | "drop"
  /** The guest is told that the balance is about to be taken. */
  | "remind"
  /** The balance is paid: the whole total is to be kept now. */
  | "take-balance"
  /** The balance could not be taken: the guest is told what to do. */
  | "tell-failure"
  /** The balance was not paid in time: the slot is free again, what is kept of the rest follows the rule. */
  | "lose-balance"
  /** The guest is there. */
  | "check-in"
  /** It is over, and it took place. */
  | "complete"
  /** The guest did not come: the refund follows the no-show rule. */
  | "no-show"
  /** Nobody answered in time: a person has to look. */
  | "park";

/**
 * Until when a step waits. In business time: the booking's own hold, the vendor's time for approval, the hold of a
 * move, the end of the booking (a day later where nobody was checked in). In machine time: an answer from payment.
 */
export type StepDeadline = "hold" | "approval" | "change" | "completion" | { readonly afterMinutes: number };

export interface StepDefinition {
  /** The events by which this step asks payment, or the vendor, to act. */
  readonly asks: readonly EventDefinition[];
  readonly deadline: StepDeadline | null;
  readonly on: Partial<Readonly<Record<MessageKind, Action>>>;
  /** What undoes this step when a later one fails. */
  readonly compensation: string;
}

/** The balance is asked for while the booking stands; none of it moves the booking to another step by itself. */
const ofBalance = {
  "balance-due-soon": "remind",
  "balance-paid": "take-balance",
  "balance-failed": "tell-failure",
  "balance-lost": "lose-balance",
} as const satisfies StepDefinition["on"];

export const bookingSaga: Readonly<Record<Step, StepDefinition>> = {
  pay: {
    asks: [bookingHeld],
    deadline: "hold",
    on: {
      authorised: "confirm",
      declined: "decline",
      voided: "decline",
      cancel: "cancel",
      "call-off": "call-off",
      deadline: "expire",
    },
    compensation: "the slot is released; payment voids what it authorised",
  },
  approve: {
    asks: [bookingApprovalRequested],
    deadline: "approval",
    on: {
      approve: "approve",
      "vendor-decline": "refuse",
      declined: "decline",
      voided: "decline",
      cancel: "cancel",
      "call-off": "call-off",
      deadline: "lapse",
    },
    compensation: "the slot is released; payment voids what it authorised",
  },
  capture: {
    asks: [bookingConfirmed, bookingRescheduled],
    deadline: { afterMinutes: 60 },
    on: {
      goodwill: "hear-goodwill",
      captured: "settle",
      refunded: "settle",
      declined: "call-off",
      voided: "call-off",
      ...ofBalance,
      cancel: "cancel",
      "call-off": "call-off",
      "check-in": "check-in",
      complete: "complete",
      "no-show": "no-show",
      deadline: "park",
    },
    compensation: "the slot is released; payment voids or refunds",
  },
  change: {
    asks: [bookingChangeHeld],
    deadline: "change",
    on: {
      "difference-authorised": "move",
      "difference-declined": "drop",
      "drop-change": "drop",
      goodwill: "hear-goodwill",
      captured: "note",
      refunded: "note",
      declined: "call-off",
      voided: "call-off",
      ...ofBalance,
      cancel: "cancel",
      "call-off": "call-off",
      deadline: "drop",
    },
    compensation: "the new time is released, the old one stays; payment voids the difference",
  },
  "give-back": {
    asks: [bookingCancelled, bookingExpired, bookingDeclined, bookingNoShow],
    deadline: { afterMinutes: 60 },
    on: {
      authorised: "retake",
      goodwill: "hear-goodwill",
      captured: "settle",
      voided: "settle",
      refunded: "settle",
      deadline: "park",
    },
    compensation: "none: giving back never refuses; what is not answered is parked for a person",
  },
  stay: {
    asks: [],
    deadline: "completion",
    on: {
      ...ofBalance,
      goodwill: "hear-goodwill",
      cancel: "cancel",
      "call-off": "call-off",
      "check-in": "check-in",
      complete: "complete",
      "no-show": "no-show",
      deadline: "complete",
    },
    compensation: "a cancellation, or a guest who does not come, moves it to give-back",
  },
  done: {
    asks: [],
    deadline: null,
    // Paid before the end, and heard of after it; and who is sorry may give back what was long settled.
    on: { "balance-paid": "take-balance", goodwill: "hear-goodwill" },
    compensation: "none: it is over",
  },
};
