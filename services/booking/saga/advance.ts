/** One step of a saga, pure: a booking and a message in, the changes out. */
import { isTransition, whyNot, type Actor } from "../bookings/transitions.ts";
import type { BookingRow } from "../database.ts";
import type { SagaChanges, SagaMessage, Surroundings } from "./changes.ts";
import { approve, confirm, decline, expire, lapse, refuse, retake } from "./decide-hold.ts";
import { callOff, cancel, checkIn, complete, loseBalance, noShow } from "./end-booking.ts";
import { hearGoodwill, keptOf } from "./goodwill.ts";
import { drop, move, note, settle } from "./move-booking.ts";
import { bookingSaga, type Action } from "./saga-table.ts";
import { remind, takeBalance, tellFailure } from "./hear-of-balance.ts";

type ActionFunction = (booking: BookingRow, message: SagaMessage, around: Surroundings) => SagaChanges;

const actions: Readonly<Record<Action, ActionFunction>> = {
  confirm,
  decline,
  expire,
  approve,
  refuse,
  lapse,
  cancel,
  "call-off": callOff,
  retake,
  settle,
  note,
  "hear-goodwill": hearGoodwill,
  move,
  drop,
  remind,
  "take-balance": takeBalance,
  "tell-failure": tellFailure,
  "lose-balance": loseBalance,
  "check-in": checkIn,
  complete,
  "no-show": noShow,
  park,
};

/** The action the table names for a message in the booking's step; undefined where the message changes nothing. */
export function actionFor(booking: BookingRow, message: SagaMessage): Action | undefined {
  const action = bookingSaga[booking.saga_step].on[message.kind];
  const isAboutMoney = action === "settle" || action === "note";
  if (isAboutMoney && !isAllThereIs(booking, message)) return undefined;
  if (action === "hear-goodwill" && (message.goodwillMinor ?? 0) <= booking.goodwill_minor) return undefined;
  if (message.kind.startsWith("balance-") && isNoNewsOfBalance(booking, message)) return undefined;
  if (action === "note" && booking.change?.isSettled) return undefined;
  if (action === "retake" && booking.status !== "expired") return undefined;
  if (action === "park" && booking.parked_at !== null) return undefined;
  if (booking.saga_step === "change" && isOfAnotherCharge(booking, message)) return undefined;
  return action;
}

/** What the message does; null where it is a repetition, too late to matter, or not for whom it is from to say. */
export function advance(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges | null {
  if (message.kind === "deadline" && !isDue(booking, around)) return null;
  const action = actionFor(booking, message);
  if (action === undefined) return null;
  if (isTransition(action) && whyNot(booking, action, actorOf(message), around.now) !== undefined)
    return null;
  return actions[action](booking, message, around);
}

/** Is what payment keeps what it should keep, but for what nobody can keep any more? */
function isAllThereIs(booking: BookingRow, { keptMinor, lostMinor = 0 }: SagaMessage): boolean {
  return keptMinor !== undefined && keptMinor + lostMinor === keptOf(booking.keep_minor, booking);
}

/** In what role a message comes: each person's messages are of one kind only. */
function actorOf(message: SagaMessage): Actor {
  if (message.by === "payment" || message.by === "clock") return message.by;
  return message.kind === "cancel" ? "guest" : "vendor";
}

/** An answer to a difference that is not the one that waits: of a move that was dropped before. */
function isOfAnotherCharge(booking: BookingRow, { kind, charge }: SagaMessage): boolean {
  const isAnswer = kind === "difference-authorised" || kind === "difference-declined";
  return isAnswer && charge !== booking.change?.charge;
}

/** Of a balance that is paid already, or that the booking ended without, nothing is heard any more. */
function isNoNewsOfBalance(booking: BookingRow, { kind, attempt }: SagaMessage): boolean {
  const { balance, balance_reminds_at, status } = booking;
  if (!balance || !["confirmed", "checked-in", "completed"].includes(status)) return true;
  if (kind === "balance-paid") return false;
  if (kind === "balance-due-soon" && balance_reminds_at === null) return true;
  const isOld =
    attempt &&
    (Date.parse(attempt.dueAt) !== Date.parse(balance.dueAt) || attempt.number <= balance.failures);
  return isOld === true || status !== "confirmed";
}

/** Has the step's deadline passed? Steps that wait for people have theirs in business time, the others for machines. */
function isDue(booking: BookingRow, around: Surroundings): boolean {
  const { deadline } = bookingSaga[booking.saga_step];
  const now = typeof deadline === "string" ? around.now : around.machineNow;
  return booking.step_deadline_at !== null && Date.parse(booking.step_deadline_at) <= now.epochMilliseconds;
}

/** Nobody answered in time: a person has to look. */
function park(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  const reason = `${booking.saga_step}: no answer from payment by the deadline`;
  return {
    booking: { parked_at: around.machineNow.toString(), parked_reason: reason },
    allocation: "leave",
    timeline: { what: "parked", by: message.by, detail: { reason } },
    announce: null,
  };
}
