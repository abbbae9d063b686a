/** What one message does to one booking, as data, and how a booking enters a step. */
import assert from "node:assert";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import type { BookingRow } from "../database.ts";
import type { MessageKind, Step } from "./saga-table.ts";
import { bookingSaga } from "./saga-table.ts";

/** Something that reached a saga. */
export interface SagaMessage {
  readonly kind: MessageKind;
  /** Who: `payment`, `clock`, or a user's id. */
  readonly by: string;
  /** What payment keeps of all the booking's charges after this, in minor units, where payment says so. */
  readonly keptMinor?: number;
  /** What of what was to be kept guests' banks have taken for good, in minor units, where anything. */
  readonly lostMinor?: number;
  /** What payment has given back on top of what the booking's terms say, in minor units, where anything. */
  readonly goodwillMinor?: number;
  /** Which charge it is about, where it is a difference. */
  readonly charge?: number;
  /** Which attempt at the balance failed, and when the grace ends. */
  readonly attempt?: FailedAttempt;
  /** Code of a refusal. */
  readonly reason?: string;
  /** A person's own words. */
  readonly said?: string;
}

/** An attempt at the balance that failed. */
export interface FailedAttempt {
  readonly number: number;
  /** When the balance fell due: another time is that of before a move. */
  readonly dueAt: string;
  /** When it is tried again; undefined after the last. */
  readonly nextAt: string | undefined;
  readonly givesUpAt: string;
}

/** What is known beyond the booking itself when a message is looked at. */
export interface Surroundings {
  /** Business time. */
  readonly now: Temporal.Instant;
  readonly machineNow: Temporal.Instant;
  /** Are enough units free for all of the booking's times? Asked only for `retake`. */
  readonly slotIsFree: boolean;
}

/** The columns every step may change. */
export type SagaColumns = Pick<
  BookingRow,
  | "status"
  | "reason"
  | "keep_minor"
  | "goodwill_minor"
  | "saga_step"
  | "step_deadline_at"
  | "parked_at"
  | "parked_reason"
>;

/** The columns that only a move changes, or news of the balance. */
export type MoveColumns = Pick<
  BookingRow,
  | "starts_at"
  | "ends_at"
  | "during"
  | "quantity"
  | "people"
  | "also"
  | "lines"
  | "total_minor"
  | "change"
  | "charges"
  | "charged_prices"
  | "balance"
  | "balance_reminds_at"
>;

/** An event to announce; its data is the booking's facts with these fields. */
export interface Announced {
  readonly event: EventDefinition;
  readonly with: object;
}

/** The event with what it says beyond the booking's facts. */
export function told<D extends BookingFacts>(
  event: EventDefinition<D>,
  more: Omit<D, keyof BookingFacts>,
): Announced {
  return { event, with: more };
}

/**
 * What happens to the booking's time in its calendars: `release` gives it back, `fit` leaves exactly what the booking
 * then has of what is held for it. `taken` and `exchanged` have been written already: more was taken, or something else.
 */
export type AllocationChange = "leave" | "release" | "fit" | "taken" | "exchanged";

/** Everything one message does to one booking; the writer applies it. */
export interface SagaChanges {
  readonly booking: Partial<SagaColumns & MoveColumns>;
  readonly allocation: AllocationChange;
  readonly timeline: {
    readonly what: string;
    readonly by: string;
    readonly detail: Readonly<Record<string, unknown>>;
  };
  readonly announce: Announced | null;
}

const unparked = { parked_at: null, parked_reason: null } as const;

/** The columns of a saga that has nothing left to do. */
export const finished = { saga_step: "done", step_deadline_at: null, ...unparked } as const;

/** A guest whom nobody checked in was there all the same, as far as anyone said so within this time. */
const completesAfterHours = 24;

/** The columns of a booking that enters the step, as it then stands. */
export function enter(
  step: Exclude<Step, "pay" | "done">,
  booking: BookingRow,
  around: Surroundings,
): Pick<SagaColumns, "saga_step" | "step_deadline_at" | "parked_at" | "parked_reason"> {
  return {
    saga_step: step,
    step_deadline_at: deadlineOf(step, booking, around).toString({ smallestUnit: "millisecond" }),
    ...unparked,
  };
}

/** When nothing more is heard of the money: a booking that stands waits for its end, any other is over. */
export function moneySettled(booking: BookingRow, around: Surroundings): Partial<SagaColumns> {
  const stands = booking.status === "confirmed" || booking.status === "checked-in";
  return stands ? enter("stay", booking, around) : finished;
}

/** What is left to do where payment keeps what it should, or has still to be heard of. */
export function afterMoney(
  isSettled: boolean,
  booking: BookingRow,
  around: Surroundings,
): Partial<SagaColumns> {
  return isSettled ? moneySettled(booking, around) : enter("capture", booking, around);
}

/** Has payment said of the booking as it stands that it keeps what it should? */
export function isMoneySettled(booking: BookingRow): boolean {
  return (
    booking.saga_step === "stay" || (booking.saga_step === "change" && booking.change?.isSettled === true)
  );
}

function deadlineOf(
  step: Exclude<Step, "pay" | "done">,
  booking: BookingRow,
  { now, machineNow }: Surroundings,
): Temporal.Instant {
  const { deadline } = bookingSaga[step];
  const startsAt = Temporal.Instant.from(booking.starts_at);
  const endsAt = Temporal.Instant.from(booking.ends_at);
  switch (deadline) {
    case "approval": {
      const { approval } = booking.policies;
      assert(approval, "only a booking whose terms want approval waits for it");
      // Nobody approves of what has begun.
      return earlier(now.add({ minutes: approval.withinMinutes }), startsAt);
    }
    case "change":
      assert(booking.change, "a booking whose move waits has one");
      return Temporal.Instant.from(booking.change.expiresAt);
    case "completion":
      return booking.status === "checked-in" ? endsAt : endsAt.add({ hours: completesAfterHours });
    case "hold":
    case null:
      throw new assert.AssertionError({ message: `no booking enters ${step} by a message` });
    default:
      return machineNow.add({ minutes: deadline.afterMinutes });
  }
}

/** The earlier of two instants. */
export function earlier(one: Temporal.Instant, other: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(one, other) <= 0 ? one : other;
}
