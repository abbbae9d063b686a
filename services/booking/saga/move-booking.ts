/** A booking that moves: at once where it costs no more, else once the difference is paid. */
import {
  bookingChangeDropped,
  bookingChangeHeld,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import assert from "node:assert";
import { chargedPrices } from "../bookings/charged-prices.ts";
import { paidBy } from "../bookings/paid-by.ts";
import { beginOf } from "../bookings/transitions.ts";
import { movedBalance, paidMinor, remindsAt } from "../pricing/deposit.ts";
import type { BookingRow, ChargedPrice, PendingMove } from "../database.ts";
import { goesBack, keptOf } from "./goodwill.ts";
import {
  afterMoney,
  earlier,
  enter,
  isMoneySettled,
  moneySettled,
  told,
  type SagaChanges,
  type SagaMessage,
  type Surroundings,
} from "./changes.ts";

/** What a booking is to be: the times, of what, and at which price. */
export type Move = Omit<PendingMove, "charge" | "dueMinor" | "expiresAt" | "isSettled">;

/** Who asked for a move, and how they would pay for a dearer one. */
export interface MoveAsked {
  readonly by: string;
  readonly holdMinutes: number;
  readonly paymentMethod?: string | undefined;
}

/**
 * What a move does that the caller has found room for. One that costs no more is made: its allocations are exchanged.
 * A dearer one is held beside what the booking has, until its difference is paid.
 */
export function reschedule(
  booking: BookingRow,
  move: Move,
  asked: MoveAsked,
  around: Surroundings,
): SagaChanges {
  return move.totalMinor > booking.total_minor
    ? held(booking, move, asked, around)
    : moved(booking, move, asked.by, around);
}

function moved(booking: BookingRow, move: Move, by: string, around: Surroundings): SagaChanges {
  const after = placed(booking, move, around);
  const refundMinor = goesBack({ keepMinor: paidMinor(booking) }, { keepMinor: paidMinor(after) }, booking);
  return {
    booking: {
      ...columnsOf(move),
      charged_prices: chargedPrices(booking),
      ...moneyOf(after),
      ...afterMoney(isMoneySettled(booking) && refundMinor === 0, after, around),
    },
    allocation: "exchanged",
    timeline: { what: "rescheduled", by, detail: { ...oldAndNew(booking, move), refundMinor } },
    announce: told(bookingRescheduled, {
      previous: timesOf(booking),
      // Of all charges, the balance's to come among them.
      keepMinor: move.totalMinor,
      refundMinor,
    }),
  };
}

function held(booking: BookingRow, move: Move, asked: MoveAsked, around: Surroundings): SagaChanges {
  const charge = booking.charges + 1;
  const dueMinor = move.totalMinor - booking.total_minor;
  const expiresAt = changeExpiry(booking, move, asked.holdMinutes, around.now);
  const change = { ...move, charge, dueMinor, expiresAt, isSettled: isMoneySettled(booking) };
  return {
    booking: { change, charges: charge, ...enter("change", { ...booking, change }, around) },
    allocation: "taken",
    timeline: {
      what: "change-held",
      by: asked.by,
      detail: { ...oldAndNew(booking, move), charge, dueMinor, expiresAt },
    },
    announce: told(bookingChangeHeld, {
      charge,
      due: { amountMinor: dueMinor, currency: booking.currency },
      changeExpiresAt: expiresAt,
      ...paidBy(asked.paymentMethod, booking.policies),
      change: timesOf({ ...booking, ...columnsOf(change) }),
    }),
  };
}

/** Nobody moves a booking that has begun, nor to a time that has. */
function changeExpiry(booking: BookingRow, move: Move, holdMinutes: number, now: Temporal.Instant): string {
  const begins = [beginOf(booking), beginOf({ ...move, starts_at: move.startsAt })];
  const starts = begins.map((at) => Temporal.Instant.from(at));
  return starts.reduce(earlier, now.add({ minutes: holdMinutes })).toString({ smallestUnit: "millisecond" });
}

/** The difference is paid: the booking moves to the time that is held for it. */
export function move(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  const change = pending(booking);
  const after = placed(booking, change, around);
  // More was given back on top than the price was before: then nothing of the difference is kept, or told.
  const isNothing = keptOf(after.keep_minor, after) === keptOf(booking.keep_minor, booking);
  return {
    booking: {
      ...columnsOf(change),
      charged_prices: [...chargedPrices(booking), priceOf(change)],
      change: null,
      ...moneyOf(after),
      ...afterMoney(change.isSettled && isNothing, after, around),
    },
    allocation: "fit",
    timeline: {
      what: "rescheduled",
      by: message.by,
      detail: { ...oldAndNew(booking, change), charge: change.charge },
    },
    announce: told(bookingRescheduled, {
      previous: timesOf(booking),
      charge: change.charge,
      keepMinor: change.totalMinor,
      refundMinor: 0,
    }),
  };
}

/** The difference was not paid: the booking stays as it was. */
export function drop(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  const change = pending(booking);
  const reason = message.reason ?? (message.kind === "deadline" ? "payment/not-completed" : undefined);
  return {
    booking: { change: null, ...afterMoney(change.isSettled, booking, around) },
    allocation: "fit",
    timeline: {
      what: "change-dropped",
      by: message.by,
      detail: {
        ...oldAndNew(booking, change),
        charge: change.charge,
        ...(reason !== undefined && { reason }),
      },
    },
    announce: told(bookingChangeDropped, { charge: change.charge }),
  };
}

/** What payment keeps is what it should keep: nothing is left to do with the money. */
export function settle(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return { ...newsOfMoney(message), booking: moneySettled(booking, around) };
}

/** As `settle`, while a move waits. */
export function note(booking: BookingRow, message: SagaMessage): SagaChanges {
  return { ...newsOfMoney(message), booking: { change: { ...pending(booking), isSettled: true } } };
}

function newsOfMoney({ kind, by, keptMinor }: SagaMessage): Omit<SagaChanges, "booking"> {
  return {
    allocation: "leave",
    timeline: { what: `payment-${kind}`, by, detail: { keptMinor } },
    announce: null,
  };
}

/** The booking where it moves to, with what is then still to be paid of it, and when. */
function placed(booking: BookingRow, move: Move, { now }: Surroundings): BookingRow {
  const after = { ...booking, ...columnsOf(move) };
  const beginsAtMs = Date.parse(beginOf(after));
  const isSameBegin = beginsAtMs === Date.parse(beginOf(booking));
  const nowMs = now.epochMilliseconds;
  const cheaperMinor = booking.total_minor - move.totalMinor;
  const { policies } = booking;
  const balance = movedBalance(booking.balance, { policies, beginsAtMs, nowMs, isSameBegin, cheaperMinor });
  // Who is to pay it another time is reminded of that time.
  const reminds = isSameBegin && balance ? booking.balance_reminds_at : remindsAt(balance, nowMs);
  return { ...after, balance, balance_reminds_at: reminds, keep_minor: paidMinor({ ...after, balance }) };
}

/** The columns of what is paid and still to be paid. */
function moneyOf({ keep_minor, balance, balance_reminds_at }: BookingRow) {
  return { keep_minor, balance, balance_reminds_at };
}

function pending(booking: BookingRow): PendingMove {
  assert(booking.change, "a booking in this step has a move that waits");
  return booking.change;
}

function columnsOf(move: Move) {
  return {
    starts_at: move.startsAt,
    ends_at: move.endsAt,
    during: move.during,
    quantity: move.quantity,
    people: move.people,
    also: move.also,
    lines: move.lines,
    total_minor: move.totalMinor,
  };
}

/** What the booking costs from the charge for the difference on. */
function priceOf({ charge, startsAt, endsAt, quantity, totalMinor, lines }: PendingMove): ChargedPrice {
  return { charge, startsAt, endsAt, quantity, totalMinor, lines };
}

function timesOf(booking: Pick<BookingRow, "starts_at" | "ends_at" | "total_minor" | "currency">) {
  return {
    startsAt: booking.starts_at,
    endsAt: booking.ends_at,
    total: { amountMinor: booking.total_minor, currency: booking.currency },
  };
}

/** Both ends of a move, for the timeline. */
function oldAndNew(booking: BookingRow, move: Move) {
  const { starts_at: startsAt, ends_at: endsAt, quantity, people, total_minor: totalMinor } = booking;
  return {
    from: { startsAt, endsAt, quantity, people, totalMinor },
    to: {
      startsAt: move.startsAt,
      endsAt: move.endsAt,
      quantity: move.quantity,
      people: move.people,
      totalMinor: move.totalMinor,
    },
  };
}
