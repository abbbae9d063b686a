/** What booking tells the others: each step of a booking's life. */
import { z } from "zod";
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
  })
  .meta({ id: "BookingFacts" });
export type BookingFacts = z.infer<typeof bookingFacts>;

/** The slot is taken until `holdExpiresAt`; payment is asked for. */
export const bookingHeld = defineEvent("booking.held.v1", {
  emitter: "booking",
  description: "A slot is held until a deadline. Payment is asked to authorise the total.",
  data: bookingFacts.extend({
    holdExpiresAt: utcInstant,
    /** Reference of a payment method to confirm at once; without it the guest pays on their side. */
    paymentMethod: z.string().optional(),
  }),
});

/** The hold became a booking; payment is asked to capture. */
export const bookingConfirmed = defineEvent("booking.confirmed.v1", {
  emitter: "booking",
  description: "The booking is confirmed. Payment is asked to capture the total.",
  data: bookingFacts,
});

/** Why a booking was refused after it was held. */
export const declineReason = z
  .string()
  .meta({ description: "Code of the refusal, e.g. payment/card-declined" });

/** Payment refused: the slot is free again. */
export const bookingDeclined = defineEvent("booking.declined.v1", {
  emitter: "booking",
  description: "Payment was refused, so the hold was released. Nothing is kept.",
  data: bookingFacts.extend({ reason: declineReason }),
});

/** Nobody paid in time: the slot is free again. */
export const bookingExpired = defineEvent("booking.expired.v1", {
  emitter: "booking",
  description:
    "The hold ended without a payment. With `latePayment` a payment did arrive, after the slot had gone to somebody else: it is to be given back.",
  data: bookingFacts.extend({ latePayment: z.boolean() }),
});

/** Called off; `keepMinor` of the total stays with the vendor, the rest goes back. */
export const bookingCancelled = defineEvent("booking.cancelled.v1", {
  emitter: "booking",
  description: "The booking was cancelled. Payment is asked to keep `keepMinor` and to give back the rest.",
  data: bookingFacts.extend({
    wasConfirmed: z.boolean(),
    keepMinor: amountMinor,
    refundMinor: amountMinor,
  }),
});
