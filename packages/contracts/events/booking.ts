/** What booking tells the others: each step of a booking's life. */
import { z } from "zod";
import { openBalance } from "../booking-policies.ts";
import { defineEvent } from "../define-event.ts";
import { id } from "../ids.ts";
import { amountMinor, money, utcInstant } from "../values.ts";

/** What every event about a booking carries. */
export const bookingFacts = z
  .object({
    bookingId: id("bkg"),
    resourceId: id("res"),
    vendorId: id("vnd"),
    customerId: id("usr"),
    resourceTitle: z.string(),
    vendorName: z.string(),
    zone: z.string(),
    startsAt: utcInstant,
    endsAt: utcInstant,
    quantity: z.int().min(1),
    total: money,
    /** What of the total is tax, taxes that prices include among it; nothing where it is absent. */
    taxMinor: amountMinor.optional(),
    people: z.int().min(1).optional(),
    /** What else is taken with it, each for a time of its own. */
    also: z
      .array(
        z.object({
          resourceId: id("res"),
          resourceTitle: z.string(),
          startsAt: utcInstant,
          endsAt: utcInstant,
          quantity: z.int().min(1),
        }),
      )
      .optional(),
    seriesId: id("ser").optional(),
    /** What of the total is still to be paid; absent where that is nothing. */
    balance: openBalance.optional(),
    /** Nothing is taken before the guest arrives. */
    paidOnArrival: z.literal(true).optional(),
  })
  .meta({ id: "BookingFacts" });
export type BookingFacts = z.infer<typeof bookingFacts>;

/** How what is asked for is paid. */
const paidBy = {
  /** Who moves the money, where it is not the usual provider; the guest has nothing to do then. */
  provider: z.literal("on-arrival").optional(),
  /** Reference of a payment method to confirm at once; without it the guest pays on their side. */
  paymentMethod: z.string().optional(),
  /** Taken as soon as the guest has paid, instead of once the booking is confirmed. */
  capture: z.literal("immediate").optional(),
};

/** The slot is taken until `holdExpiresAt`; payment is asked for. */
export const bookingHeld = defineEvent("booking.held.v1", {
  emitter: "booking",
  description:
    "A slot is held until a deadline. Payment is asked to authorise what is due: the total, or the deposit where there is a balance, whose charge comes later by the same method.",
  data: bookingFacts.extend({
    holdExpiresAt: utcInstant,
    /** What is due now; absent where that is the total. */
    due: money.optional(),
    ...paidBy,
    /** Keep the payment method for the guest's later bookings, once it has worked. */
    saveMethod: z.boolean().optional(),
    /** Offered from the waiting list: the guest has not asked for it just now. */
    fromWaitlist: z.boolean().optional(),
  }),
});

/** Paid for, and waiting for the vendor's yes. */
export const bookingApprovalRequested = defineEvent("booking.approval-requested.v1", {
  emitter: "booking",
  description: "What is due is authorised, and the vendor is to approve or decline by a deadline.",
  data: bookingFacts.extend({ approvalExpiresAt: utcInstant }),
});

/** The hold became a booking; payment is asked to capture. */
export const bookingConfirmed = defineEvent("booking.confirmed.v1", {
  emitter: "booking",
  description:
    "The booking is confirmed. Payment is asked to capture what was due, and to take the balance, if there is one, when it falls due.",
  data: bookingFacts,
});

/** Why a booking was refused after it was held. */
export const declineReason = z
  .string()
  .meta({ description: "Code of the refusal, e.g. payment/card-declined" });

/** Payment refused: the slot is free again. */
export const bookingDeclined = defineEvent("booking.declined.v1", {
  emitter: "booking",
  description: "Payment, or the vendor, refused: the slot was released. Nothing is kept.",
  data: bookingFacts.extend({
    reason: declineReason,
    /** The vendor refused, or did not answer in time: what payment authorised is to be given back. */
    byVendor: z.boolean().optional(),
  }),
});

/** Nobody paid in time: the slot is free again. */
export const bookingExpired = defineEvent("booking.expired.v1", {
  emitter: "booking",
  description:
    "The hold ended without a payment. With `latePayment` a payment did arrive, after the slot had gone to somebody else: it is to be given back.",
  data: bookingFacts.extend({
    latePayment: z.boolean(),
    /** What came too late, where that is not the total. */
    paid: money.optional(),
  }),
});

/** Called off; `keepMinor` of the total stays with the vendor, the rest goes back. */
export const bookingCancelled = defineEvent("booking.cancelled.v1", {
  emitter: "booking",
  description: "The booking was cancelled. Payment is asked to keep `keepMinor` and to give back the rest.",
  data: bookingFacts.extend({
    wasConfirmed: z.boolean(),
    keepMinor: amountMinor,
    refundMinor: amountMinor,
    /** The vendor called it off. */
    byVendor: z.boolean().optional(),
    /** The balance was not paid in time. */
    balanceUnpaid: z.boolean().optional(),
  }),
});

/** A dearer time is held beside the old one until the difference is paid. */
export const bookingChangeHeld = defineEvent("booking.change-held.v1", {
  emitter: "booking",
  description:
    "A guest asked for another time that costs more. Both are held; payment is asked to authorise the difference as a charge of its own.",
  data: bookingFacts.extend({
    /** Number of the charge on this booking; the booking itself is charge 1. */
    charge: z.int().min(2),
    due: money,
    changeExpiresAt: utcInstant,
    ...paidBy,
    /** What the booking will be; the facts are what it is. */
    change: z.object({ startsAt: utcInstant, endsAt: utcInstant, total: money }).optional(),
  }),
});

/** The difference was not paid: the booking stays as it was. */
export const bookingChangeDropped = defineEvent("booking.change-dropped.v1", {
  emitter: "booking",
  description: "The difference was not paid in time: the booking stays as it was, and the charge ends.",
  data: bookingFacts.extend({ charge: z.int().min(2) }),
});

/** Moved: the facts are the new ones. */
export const bookingRescheduled = defineEvent("booking.rescheduled.v1", {
  emitter: "booking",
  description:
    "The booking has another time, quantity or price. Payment is asked to keep `keepMinor` of all its charges, the balance's to come among them: to capture `charge` where one is named, to give back what is more.",
  data: bookingFacts.extend({
    previous: z.object({ startsAt: utcInstant, endsAt: utcInstant, total: money }),
    charge: z.int().min(2).optional(),
    keepMinor: amountMinor,
    refundMinor: amountMinor,
  }),
});

/** A reminder: the balance is about to be taken. */
export const bookingBalanceDueSoon = defineEvent("booking.balance-due-soon.v1", {
  emitter: "booking",
  description: "The balance falls due in a few days. It is taken by the method the booking was paid with.",
  data: bookingFacts,
});

/** The balance could not be taken; the guest is to do something about it. */
export const bookingBalanceFailed = defineEvent("booking.balance-failed.v1", {
  emitter: "booking",
  description:
    "The balance could not be taken. Unless the guest pays it, it is tried again; at the balance's `givesUpAt` the booking is cancelled.",
  data: bookingFacts.extend({
    /** Code of the refusal. */
    reason: declineReason,
    /** Which attempt it was, counted from 1. */
    attempt: z.int().min(1),
    /** When it is tried again; absent after the last attempt. */
    nextAttemptAt: utcInstant.optional(),
  }),
});

/** Nothing is to be paid any more. */
export const bookingBalancePaid = defineEvent("booking.balance-paid.v1", {
  emitter: "booking",
  description: "The balance was paid: the booking is paid in full.",
  data: bookingFacts.extend({
    paid: money,
    /** It had failed before. */
    afterFailures: z.boolean().optional(),
  }),
});

/** The guest got money back that nothing of theirs asked for. */
export const bookingGoodwillGiven = defineEvent("booking.goodwill-given.v1", {
  emitter: "booking",
  description:
    "The vendor, or an administrator, gave money back beyond the booking's terms; the booking stands as it does.",
  data: bookingFacts.extend({
    given: money,
    /** What is kept of the booking after it. */
    keptMinor: amountMinor,
  }),
});

/** The guest is there. */
export const bookingCheckedIn = defineEvent("booking.checked-in.v1", {
  emitter: "booking",
  description: "The guest came.",
  data: bookingFacts,
});

/** It is over. */
export const bookingCompleted = defineEvent("booking.completed.v1", {
  emitter: "booking",
  description: "The booking's time is over, and it took place.",
  data: bookingFacts,
});

/** The guest did not come; payment is asked to keep `keepMinor`. */
export const bookingNoShow = defineEvent("booking.no-show.v1", {
  emitter: "booking",
  description: "The guest did not come. Payment is asked to keep `keepMinor` and to give back the rest.",
  data: bookingFacts.extend({ keepMinor: amountMinor, refundMinor: amountMinor }),
});

/** Something that somebody waits for became free and is held for them. */
export const waitlistOffered = defineEvent("booking.waitlist-offered.v1", {
  emitter: "booking",
  description:
    "What somebody waited for became free. It is held for them as a booking until a deadline, and theirs once paid.",
  data: bookingFacts.extend({ entryId: id("wtl"), holdExpiresAt: utcInstant }),
});
