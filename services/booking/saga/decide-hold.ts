/** What becomes of a hold: paid, approved, refused, run out; and a payment that comes too late. */
import {
  bookingApprovalRequested,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
} from "@holdfast/contracts/events/booking";
import type { BookingRow } from "../database.ts";
import { paidMinor } from "../pricing/deposit.ts";
import { enter, finished, told, type SagaChanges, type SagaMessage, type Surroundings } from "./changes.ts";

/** The hold becomes a booking, or waits for the vendor's yes where its terms want one. */
export function confirm(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return paid(booking, message, around, { allocation: "leave", detail: {} });
}

/** A payment came after the hold ended: the slot is taken again if it is still free, else the money goes back. */
export function retake(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  if (around.slotIsFree) {
    return paid(booking, message, around, { allocation: "taken", detail: { afterExpiry: true } });
  }
  return {
    booking: enter("give-back", booking, around),
    allocation: "leave",
    timeline: { what: "late-payment-returned", by: message.by, detail: {} },
    announce: told(bookingExpired, {
      latePayment: true,
      ...(booking.balance && {
        paid: { amountMinor: paidMinor(booking), currency: booking.currency },
      }),
    }),
  };
}

function paid(
  booking: BookingRow,
  message: SagaMessage,
  around: Surroundings,
  of: Pick<SagaChanges, "allocation"> & { readonly detail: Readonly<Record<string, unknown>> },
): SagaChanges {
  const { allocation, detail } = of;
  const money = { keep_minor: paidMinor(booking) };
  if (!booking.policies.approval) {
    return {
      booking: { status: "confirmed", ...money, ...enter("capture", booking, around) },
      allocation,
      timeline: { what: "confirmed", by: message.by, detail },
      announce: told(bookingConfirmed, {}),
    };
  }
  const waiting = enter("approve", booking, around);
  const approvalExpiresAt = waiting.step_deadline_at ?? booking.starts_at;
  return {
    booking: { status: "awaiting-approval", ...money, ...waiting },
    allocation,
    timeline: { what: "approval-requested", by: message.by, detail: { ...detail, approvalExpiresAt } },
    announce: told(bookingApprovalRequested, { approvalExpiresAt }),
  };
}

/** The vendor said yes. */
export function approve(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return {
    booking: { status: "confirmed", ...enter("capture", booking, around) },
    allocation: "leave",
    timeline: { what: "confirmed", by: message.by, detail: { approved: true } },
    announce: told(bookingConfirmed, {}),
  };
}

/** Payment said no: the slot is free, nothing is owed. */
export function decline(_booking: BookingRow, message: SagaMessage): SagaChanges {
  const reason = message.reason ?? "payment/not-completed";
  return {
    booking: { status: "declined", reason, keep_minor: 0, ...finished },
    allocation: "release",
    timeline: { what: "declined", by: message.by, detail: { reason } },
    announce: told(bookingDeclined, { reason }),
  };
}

/** The vendor said no. */
export function refuse(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return notApproved(booking, message, around, "booking/not-approved");
}

/** The vendor did not answer in time. */
export function lapse(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return notApproved(booking, message, around, "booking/approval-expired");
}

function notApproved(
  booking: BookingRow,
  message: SagaMessage,
  around: Surroundings,
  reason: string,
): SagaChanges {
  return {
    booking: { status: "declined", reason, keep_minor: 0, ...enter("give-back", booking, around) },
    allocation: "release",
    timeline: {
      what: "declined",
      by: message.by,
      detail: { reason, ...(message.said !== undefined && { said: message.said }) },
    },
    announce: told(bookingDeclined, { reason, byVendor: true }),
  };
}

/** Nobody paid in time: the slot is free, payment is to end its attempt. */
export function expire(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  return {
    booking: { status: "expired", keep_minor: 0, ...enter("give-back", booking, around) },
    allocation: "release",
    timeline: { what: "expired", by: message.by, detail: {} },
    announce: told(bookingExpired, { latePayment: false }),
  };
}
