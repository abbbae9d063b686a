/**
 * The booking saga as a table: what each step asks for, what it awaits, its deadline, and what every message does to it.
 * Messages a step has no entry for change nothing: they are repetitions, or older than what is known.
 * The fault tests are made from this table.
 */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import {
  bookingCancelled,
  bookingConfirmed,
  bookingExpired,
  bookingHeld,
} from "@holdfast/contracts/events/booking";

export const steps = ["pay", "capture", "give-back", "done"] as const;
export type Step = (typeof steps)[number];

/** What can reach a saga: payment's answers, the clock, and the people involved. */
export const messageKinds = [
  "authorised",
  "declined",
  "captured",
  "voided",
  "refunded",
  "cancel",
  "deadline",
] as const;
export type MessageKind = (typeof messageKinds)[number];

/** What a message does; each is a pure function in `actions.ts`. */
export type Action =
  /** The hold becomes a booking. */
  | "confirm"
  /** Payment said no: the slot is free again, nothing is owed. */
  | "decline"
  /** Nobody paid in time: the slot is free again, payment is to end its attempt. */
  | "expire"
  /** A person called it off: the slot is free again, the refund follows the rule it was booked under. */
  | "cancel"
  /** The money of a confirmed booking is not to be had: the booking is taken back. */
  | "call-off"
  /** A payment came after the hold ended: take the slot again if it is still free, else give the money back. */
  | "retake"
  /** What payment keeps is what it should keep: nothing is left to do. */
  | "settle"
  /** Nobody answered in time: a person has to look. */
  | "park";

export interface StepDefinition {
  /** The events by which this step asks payment to act. */
  readonly asks: readonly EventDefinition[];
  /** How long the answer may take; `hold` is the booking's own hold, in business time, the others are machine time. */
  readonly deadline: "hold" | { readonly afterMinutes: number } | null;
  readonly on: Partial<Readonly<Record<MessageKind, Action>>>;
  /** What undoes this step when a later one fails. */
  readonly compensation: string;
}

export const bookingSaga: Readonly<Record<Step, StepDefinition>> = {
  pay: {
    asks: [bookingHeld],
    deadline: "hold",
    on: {
      authorised: "confirm",
      declined: "decline",
      voided: "decline",
      cancel: "cancel",
      deadline: "expire",
    },
    compensation: "the slot is released; payment voids what it authorised",
  },
  capture: {
    asks: [bookingConfirmed],
    deadline: { afterMinutes: 60 },
    on: { captured: "settle", declined: "call-off", voided: "call-off", cancel: "cancel", deadline: "park" },
    compensation: "the slot is released; payment voids or refunds",
  },
  "give-back": {
    asks: [bookingCancelled, bookingExpired],
    deadline: { afterMinutes: 60 },
    on: { authorised: "retake", captured: "settle", voided: "settle", refunded: "settle", deadline: "park" },
    compensation: "none: giving back never refuses; what is not answered is parked for a person",
  },
  done: {
    asks: [],
    deadline: null,
    on: { cancel: "cancel" },
    compensation: "a cancellation moves it to give-back",
  },
};
