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

const chargeFields = {
  paymentId: id("pay"),
  kind: z
    .enum(["booking", "balance", "difference"])
    .describe("What is due with the booking, the balance that falls due later, or what a dearer move costs"),
  dueAt: utcInstant.nullable().describe("When it is taken, of a balance; null of what was due at once"),
  status: z.enum(paymentStatuses),
  provider: z.string().describe("Who moves its money: `stripe`, or `on-arrival` where the guest pays there"),
  amount: money,
  capturedMinor: amountMinor,
  refundedMinor: amountMinor,
  chargedBackMinor: amountMinor.describe("What the guest's bank gave back of it in a dispute, for good"),
  clientSecret: z
    .string()
    .nullable()
    .describe(
      "For the payment provider's form in the guest's browser; null once nothing is to be done there",
    ),
  reason: z.string().nullable(),
  createdAt: utcInstant,
};

/** One charge of a booking: the booking itself, its balance, or the difference of a move to a dearer time. */
export const chargeView = z
  .object({
    charge: z
      .int()
      .min(1)
      .describe("1 is the booking itself, 2 its balance if it has one, each dearer move the next"),
    ...chargeFields,
  })
  .meta({ id: "Charge" });
export type ChargeView = z.infer<typeof chargeView>;

/** A booking's payment as its guest sees it: the booking itself, which is charge 1, and all charges by number. */
export const paymentView = z
  .object({ bookingId: id("bkg"), ...chargeFields, charges: z.array(chargeView).min(1) })
  .meta({ id: "Payment" });
export type PaymentView = z.infer<typeof paymentView>;

export const getPayment = defineEndpoint({
  name: "getPayment",
  service: "payment",
  method: "get",
  path: "/v1/bookings/{bookingId}/payment",
  summary: "The payment of one of the caller's bookings",
  description:
    "A booking that was moved to a dearer time has a further charge for the difference, with its own number, as the booking's `change` names it, and its own `clientSecret`. The balance of one with a deposit is a charge too, once it is confirmed; where it could not be taken, its `clientSecret` lets the guest pay it, by another card and with 3-D Secure. The members beside `charges` are those of charge 1.",
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
  idempotencyKey: { none: "Stripe sends none: each event has an id, and is taken in once." },
  answers: { status: 204, description: "Stored" },
  problems: ["payment/webhook-signature-invalid", "payment/webhook-of-other-mode"],
});
