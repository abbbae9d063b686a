/** A booking as it stands in each step of its saga, and messages to it. */
import type { BookingRow } from "../database.ts";
import type { SagaChanges, SagaMessage, Surroundings } from "./changes.ts";
import { sampleBooking, sampleChange } from "./sample-booking.fixture.ts";
import type { MessageKind, Step } from "./saga-table.ts";

/** When the sample's hold ends. */
export const deadline = "2027-02-20T00:10:00Z";
/** The sample is booked from 09:00 to 10:00 that day. */
export const day = (time: string) => `2027-03-01T${time}:00Z`;

/** What is known at that moment. */
export const around = (slotIsFree = true, now = deadline): Surroundings => ({
  now: Temporal.Instant.from(now),
  machineNow: Temporal.Instant.from(now),
  slotIsFree,
});

const fromPayment = new Set<MessageKind>([
  "authorised",
  "declined",
  "captured",
  "voided",
  "refunded",
  "goodwill",
  "difference-authorised",
  "difference-declined",
  "balance-paid",
  "balance-failed",
  "balance-lost",
]);
const fromClock = new Set<MessageKind>(["deadline", "balance-due-soon"]);

/** A balance of the sample, due a week before it begins. */
const balance = {
  charge: 2,
  amountMinor: 3500,
  dueAt: "2027-02-22T09:00:00Z",
  givesUpAt: "2027-02-25T09:00:00Z",
  failures: 0,
} as const;

/** The booking with a deposit paid, and the balance to come. */
export function withBalance(booking: BookingRow): BookingRow {
  const { policies: terms, total_minor, keep_minor, change } = booking;
  return {
    ...booking,
    policies: { ...terms, depositPercent: 30, balance: { dueHoursBefore: 168, graceHours: 72 } },
    balance,
    balance_reminds_at: "2027-02-19T09:00:00Z",
    charges: booking.charges + 1,
    keep_minor: keep_minor === total_minor ? total_minor - balance.amountMinor : keep_minor,
    change: change && { ...change, charge: 3 },
  };
}

/** A message as its kind comes, of charge 2 where it is about a difference. */
export const message = (kind: MessageKind, keptMinor?: number, charge = 2): SagaMessage => ({
  kind,
  by: fromClock.has(kind) ? "clock" : fromPayment.has(kind) ? "payment" : "usr_x",
  ...(kind === "goodwill" && { goodwillMinor: 1000 }),
  ...(kind.startsWith("difference") && { charge }),
  ...(kind === "balance-failed" && {
    attempt: {
      number: 1,
      dueAt: balance.dueAt,
      nextAt: "2027-02-23T09:00:00Z",
      givesUpAt: balance.givesUpAt,
    },
  }),
  ...(keptMinor === undefined ? undefined : { keptMinor }),
});

/** Terms that want approval. */
export const approval = { withinMinutes: 60 };
/** The sample's own terms. */
export const { policies } = sampleBooking();

/** A booking as it stands in each step. */
export const standing: Readonly<Record<Step, BookingRow>> = {
  pay: sampleBooking(),
  approve: sampleBooking({
    status: "awaiting-approval",
    saga_step: "approve",
    version: 2,
    policies: { ...policies, approval },
  }),
  capture: sampleBooking({ status: "confirmed", saga_step: "capture", version: 2 }),
  change: sampleBooking({
    status: "confirmed",
    saga_step: "change",
    version: 4,
    change: sampleChange(),
    charges: 2,
  }),
  "give-back": sampleBooking({ status: "expired", saga_step: "give-back", keep_minor: 0, version: 2 }),
  stay: sampleBooking({
    status: "confirmed",
    saga_step: "stay",
    version: 3,
    step_deadline_at: "2027-03-02T10:00:00Z",
  }),
  done: sampleBooking({ status: "completed", saga_step: "done", step_deadline_at: null, version: 5 }),
};

/** What the calendar holds after the changes, given what it held before. */
export function holdsAfter(before: boolean, { allocation }: SagaChanges): boolean {
  if (allocation === "release") return false;
  return before || allocation === "taken";
}

/** Statuses whose time is theirs: to come, running, or gone by. */
export const holding = ["held", "awaiting-approval", "confirmed", "checked-in", "completed", "no-show"];

/** The booking after the changes. */
export function apply(booking: BookingRow, changes: SagaChanges): BookingRow {
  return { ...booking, ...changes.booking, version: booking.version + 1 };
}
