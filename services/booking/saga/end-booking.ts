/** How bookings end, and the guest's coming: called off by either side, kept, or nobody came. */
import {
  bookingCancelled,
  bookingCheckedIn,
  bookingCompleted,
  bookingNoShow,
} from "@holdfast/contracts/events/booking";
import { isPaidOnArrival } from "../bookings/paid-by.ts";
import type { BookingRow } from "../database.ts";
import { paidMinor } from "../pricing/deposit.ts";
import { noShowRefund, refundOf } from "../pricing/refund.ts";
import { goesBack } from "./goodwill.ts";
import {
  earlier,
  enter,
  finished,
  isMoneySettled,
  told,
  type SagaChanges,
  type SagaMessage,
  type Surroundings,
} from "./changes.ts";

/**
 * What cancelling at that moment gives back, in minor units: all of what is not confirmed yet, and of what would be paid
 * on arrival, since nobody has arrived; else by its rule.
 */
export function refundNow(booking: BookingRow, now: Temporal.Instant): number {
  if (booking.status !== "confirmed" || isPaidOnArrival(booking)) return back(booking, paidMinor(booking));
  const byRule = refundOf(booking.cancellation, {
    totalMinor: booking.total_minor,
    currency: booking.currency,
    paidMinor: paidMinor(booking),
    startsAtMs: Date.parse(booking.starts_at),
    nowMs: now.epochMilliseconds,
  });
  return back(booking, byRule);
}

/** What goes back where the terms give back so much: what was given back on top already is not there any more. */
function back(booking: BookingRow, byRuleMinor: number): number {
  const keepMinor = paidMinor(booking);
  return goesBack({ keepMinor }, { keepMinor: keepMinor - byRuleMinor }, booking);
}

/** The guest called it off. */
export function cancel(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return cancelled(booking, message, around, refundNow(booking, around.now));
}

/** The vendor called it off, or the money of a confirmed booking is not to be had. */
export function callOff(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return cancelled(booking, message, around, back(booking, paidMinor(booking)));
}

/** Called off at the end of the grace, as the balance was not paid: what is kept of the rest follows the booking's rule. */
export function loseBalance(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  // Not by how late that came to be heard.
  const givenUpAt = booking.balance ? Temporal.Instant.from(booking.balance.givesUpAt) : around.now;
  const refundMinor = refundNow(booking, earlier(givenUpAt, around.now));
  return cancelled(booking, { ...message, reason: "booking/balance-unpaid" }, around, refundMinor);
}

function cancelled(
  booking: BookingRow,
  message: SagaMessage,
  around: Surroundings,
  refundMinor: number,
): SagaChanges {
  const keepMinor = paidMinor(booking) - refundMinor;
  const reason = message.reason ?? null;
  const said = message.said;
  const byVendor = message.kind === "call-off";
  return {
    booking: {
      status: "cancelled",
      reason,
      keep_minor: keepMinor,
      ...moneyAfter(booking, refundMinor, around),
      ...(booking.change && { change: null }),
    },
    allocation: "release",
    timeline: {
      what: "cancelled",
      by: message.by,
      detail: {
        keepMinor,
        refundMinor,
        ...(reason !== null && { reason }),
        ...(said !== undefined && { said }),
      },
    },
    announce: told(bookingCancelled, {
      wasConfirmed: booking.status === "confirmed",
      keepMinor,
      refundMinor,
      ...(byVendor && { byVendor }),
      ...(message.kind === "balance-lost" && { balanceUnpaid: true }),
    }),
  };
}

/** Where everything is captured already and all of it is kept, payment has nothing to answer. */
function moneyAfter(booking: BookingRow, refundMinor: number, around: Surroundings) {
  return isMoneySettled(booking) && refundMinor === 0 ? finished : enter("give-back", booking, around);
}

/** The guest is there. */
export function checkIn(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  const status = "checked-in";
  return {
    booking: { status, ...(isMoneySettled(booking) && enter("stay", { ...booking, status }, around)) },
    allocation: "leave",
    timeline: { what: status, by: message.by, detail: {} },
    announce: told(bookingCheckedIn, {}),
  };
}

/** It is over, and it took place. Money that payment has not taken yet is still awaited. */
export function complete(booking: BookingRow, message: SagaMessage): SagaChanges {
  return {
    booking: { status: "completed", ...(isMoneySettled(booking) && finished) },
    allocation: "leave",
    timeline: { what: "completed", by: message.by, detail: {} },
    announce: told(bookingCompleted, {}),
  };
}

/**
 * The guest did not come. Their time is running or over, so it is not offered to anyone else. Who would have paid on
 * arrival has not paid.
 */
export function noShow(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  const paid = paidMinor(booking);
  const byRule = isPaidOnArrival(booking)
    ? paid
    : noShowRefund(booking.policies, {
        totalMinor: booking.total_minor,
        currency: booking.currency,
        paidMinor: paid,
      });
  const refundMinor = back(booking, byRule);
  const keepMinor = paid - refundMinor;
  return {
    booking: { status: "no-show", keep_minor: keepMinor, ...moneyAfter(booking, refundMinor, around) },
    allocation: "leave",
    timeline: { what: "no-show", by: message.by, detail: { keepMinor, refundMinor } },
    announce: told(bookingNoShow, { keepMinor, refundMinor }),
  };
}
