/** Payment's endpoints: a booking's payment, and the door for Stripe's webhooks. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { amountMinor, money, utcInstant } from "../values.ts";

export const paymentStatuses = [
  "requested",
  "action-required",
  "authorised",
  "captured",
  "declined",
  "voided",
  "refunded",
  "parked",
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/** A booking's payment as its guest sees it. */
export const paymentView = z
  .object({
    paymentId: id("pay"),
    bookingId: id("bkg"),
    status: z.enum(paymentStatuses),
    amount: money,
    capturedMinor: amountMinor,
    refundedMinor: amountMinor,
    /** For the payment provider's form in the guest's browser; null once nothing is to be done there. */
    clientSecret: z.string().nullable(),
    reason: z.string().nullable(),
    createdAt: utcInstant,
  })
  .meta({ id: "Payment" });
export type PaymentView = z.infer<typeof paymentView>;

export const getPayment = defineEndpoint({
  name: "getPayment",
  service: "payment",
  method: "get",
  path: "/v1/bookings/{bookingId}/payment",
  summary: "The payment of one of the caller's bookings",
  access: "payment:read:own",
  params: z.object({ bookingId: id("bkg") }),
  answers: { status: 200, description: "The payment", body: paymentView },
  problems: ["payment/not-found"],
});

export const receiveStripeEvent = defineEndpoint({
  name: "receiveStripeEvent",
  service: "payment",
  method: "post",
  path: "/v1/webhooks/stripe",
  summary: "Stripe's signed webhooks",
  access: "public",
  limit: "webhook",
  rawBody: true,
  maxBodyBytes: 262_144,
  answers: { status: 204, description: "Stored" },
  problems: ["payment/webhook-signature-invalid"],
});
