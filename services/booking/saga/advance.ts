/** One step of a saga, pure: a booking and a message in, the changes out. */
import {
  bookingCancelled,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
} from "@holdfast/contracts/events/booking";
import type { BookingRow } from "../database.ts";
import { refundOf } from "../pricing/refund.ts";
import { bookingSaga, type Action, type MessageKind, type Step } from "./saga-table.ts";

/** Something that reached a saga. */
export interface SagaMessage {
  readonly kind: MessageKind;
  /** Who: `payment`, `clock`, or a user's id. */
  readonly by: string;
  /** What payment keeps after this, in minor units, where payment says so. */
  readonly keptMinor?: number;
  /** Code of a refusal. */
  readonly reason?: string;
}

/** What is known beyond the booking itself when a message is looked at. */
export interface Surroundings {
  /** Business time. */
  readonly now: Temporal.Instant;
  readonly machineNow: Temporal.Instant;
  /** Are enough units free for the booking's time? Asked only for `retake`. */
  readonly slotIsFree: boolean;
}

/** The columns a step may change. */
type Changed = Pick<
  BookingRow,
  "status" | "reason" | "keep_minor" | "saga_step" | "step_deadline_at" | "parked_at" | "parked_reason"
>;

/** The event a step announces; its data is the booking's facts with these fields. */
export type Announced =
  | { readonly event: typeof bookingConfirmed; readonly with: object }
  | { readonly event: typeof bookingDeclined; readonly with: { readonly reason: string } }
  | { readonly event: typeof bookingExpired; readonly with: { readonly latePayment: boolean } }
  | {
      readonly event: typeof bookingCancelled;
      readonly with: {
        readonly wasConfirmed: boolean;
        readonly keepMinor: number;
        readonly refundMinor: number;
      };
    };

/** Everything one message does to one booking; the writer applies it. */
export interface SagaChanges {
  readonly booking: Partial<Changed>;
  readonly allocation: "leave" | "release" | "take";
  readonly timeline: {
    readonly what: string;
    readonly by: string;
    readonly detail: Readonly<Record<string, unknown>>;
  };
  readonly announce: Announced | null;
}

/** The action the table names for a message in the booking's step; undefined where the message changes nothing. */
export function actionFor(booking: BookingRow, message: SagaMessage): Action | undefined {
  const action = bookingSaga[booking.saga_step].on[message.kind];
  if (action === "settle" && message.keptMinor !== booking.keep_minor) return undefined;
  if (action === "retake" && booking.status !== "expired") return undefined;
  if (action === "park" && booking.parked_at !== null) return undefined;
  if (action === "cancel" && !["held", "confirmed"].includes(booking.status)) return undefined;
  return action;
}

/** What the message does; null where it is a repetition or too late to matter. */
export function advance(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges | null {
  if (message.kind === "deadline" && !isDue(booking, around)) return null;
  if (message.kind === "cancel" && hasBegun(booking, around.now)) return null;
  const action = actionFor(booking, message);
  return action ? actions[action](booking, message, around) : null;
}

/** Has the step's deadline passed? A hold's is in business time, the others wait for machines. */
function isDue(booking: BookingRow, around: Surroundings): boolean {
  const now = bookingSaga[booking.saga_step].deadline === "hold" ? around.now : around.machineNow;
  return booking.step_deadline_at !== null && Date.parse(booking.step_deadline_at) <= now.epochMilliseconds;
}

/** A confirmed booking whose time has come; a hold ends by its own deadline. */
function hasBegun(booking: BookingRow, now: Temporal.Instant): boolean {
  return booking.status === "confirmed" && Date.parse(booking.starts_at) <= now.epochMilliseconds;
}

type ActionFunction = (booking: BookingRow, message: SagaMessage, around: Surroundings) => SagaChanges;

const actions: Readonly<Record<Action, ActionFunction>> = {
  confirm: (_booking, message, around) => ({
    booking: { status: "confirmed", ...enter("capture", around) },
    allocation: "leave",
    timeline: { what: "confirmed", by: message.by, detail: {} },
    announce: { event: bookingConfirmed, with: {} },
  }),
  decline: (_booking, message) => {
    const reason = message.reason ?? "payment/not-completed";
    return {
      booking: { status: "declined", reason, keep_minor: 0, ...finished },
      allocation: "release",
      timeline: { what: "declined", by: message.by, detail: { reason } },
      announce: { event: bookingDeclined, with: { reason } },
    };
  },
  expire: (_booking, message, around) => ({
    booking: { status: "expired", keep_minor: 0, ...enter("give-back", around) },
    allocation: "release",
    timeline: { what: "expired", by: message.by, detail: {} },
    announce: { event: bookingExpired, with: { latePayment: false } },
  }),
  cancel: (booking, message, around) => {
    const wasConfirmed = booking.status === "confirmed";
    const refundMinor = wasConfirmed ? refundNow(booking, around.now) : booking.total_minor;
    return cancelled(booking, message, around, refundMinor);
  },
  "call-off": (booking, message, around) => cancelled(booking, message, around, booking.total_minor),
  retake: (booking, message, around) =>
    around.slotIsFree ? takenAgain(booking, message, around) : givenBackLate(message, around),
  settle: (_booking, message) => ({
    booking: finished,
    allocation: "leave",
    timeline: { what: `payment-${message.kind}`, by: message.by, detail: { keptMinor: message.keptMinor } },
    announce: null,
  }),
  park: (booking, message, around) => {
    const reason = `${booking.saga_step}: no answer from payment by the deadline`;
    return {
      booking: { parked_at: around.machineNow.toString(), parked_reason: reason },
      allocation: "leave",
      timeline: { what: "parked", by: message.by, detail: { reason } },
      announce: null,
    };
  },
};

/** What cancelling a confirmed booking at that moment gives back, in minor units. */
export function refundNow(booking: BookingRow, now: Temporal.Instant): number {
  return refundOf(booking.cancellation, {
    totalMinor: booking.total_minor,
    startsAtMs: Date.parse(booking.starts_at),
    nowMs: now.epochMilliseconds,
  });
}

const unparked = { parked_at: null, parked_reason: null } as const;
const finished = {
  saga_step: "done",
  step_deadline_at: null,
  ...unparked,
} as const satisfies Partial<Changed>;

function enter(step: Exclude<Step, "pay" | "done">, around: Surroundings): Partial<Changed> {
  const deadline = bookingSaga[step].deadline;
  const afterMinutes = deadline === null || deadline === "hold" ? 0 : deadline.afterMinutes;
  const deadlineAt = around.machineNow.add({ minutes: afterMinutes });
  return { saga_step: step, step_deadline_at: deadlineAt.toString(), ...unparked };
}

function cancelled(
  booking: BookingRow,
  message: SagaMessage,
  around: Surroundings,
  refundMinor: number,
): SagaChanges {
  const keepMinor = booking.total_minor - refundMinor;
  // Captured in full already and all of it is kept: payment has nothing to answer.
  const nothingToDo = booking.saga_step === "done" && refundMinor === 0;
  const reason = message.reason ?? null;
  return {
    booking: {
      status: "cancelled",
      reason,
      keep_minor: keepMinor,
      ...(nothingToDo ? finished : enter("give-back", around)),
    },
    allocation: "release",
    timeline: {
      what: "cancelled",
      by: message.by,
      detail: { keepMinor, refundMinor, ...(reason && { reason }) },
    },
    announce: {
      event: bookingCancelled,
      with: { wasConfirmed: booking.status === "confirmed", keepMinor, refundMinor },
    },
  };
}

function takenAgain(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return {
    booking: { status: "confirmed", keep_minor: booking.total_minor, ...enter("capture", around) },
    allocation: "take",
    timeline: { what: "confirmed", by: message.by, detail: { afterExpiry: true } },
    announce: { event: bookingConfirmed, with: {} },
  };
}

function givenBackLate(message: SagaMessage, around: Surroundings): SagaChanges {
  return {
    booking: { ...enter("give-back", around) },
    allocation: "leave",
    timeline: { what: "late-payment-returned", by: message.by, detail: {} },
    announce: { event: bookingExpired, with: { latePayment: true } },
  };
}
