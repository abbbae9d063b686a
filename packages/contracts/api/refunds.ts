/** Giving a guest money back beyond what their booking's terms say. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { amountMinor, currency, money, utcInstant } from "../values.ts";

/** Money that somebody of the vendor's had given back, with who and why. */
export const refundOrderView = z
  .object({
    refundOrderId: id("rfo"),
    bookingId: id("bkg"),
    amount: money,
    reason: z.string(),
    orderedBy: id("usr"),
    orderedAt: utcInstant,
    left: money.describe("What could be given back beyond it"),
  })
  .meta({ id: "RefundOrder" });
export type RefundOrderView = z.infer<typeof refundOrderView>;

export const orderRefund = defineEndpoint({
  name: "orderRefund",
  service: "payment",
  method: "post",
  path: "/v1/bookings/{bookingId}/refunds",
  summary: "Give a guest money back as a goodwill",
  description:
    "Beyond what the booking's terms give back, in parts and repeatedly, up to what is kept of the booking. It goes back in the background, to what it was paid with, from the latest charge first. What the terms give back later comes on top.",
  access: "refund:create:own",
  idempotencyKey: "required",
  params: z.object({ bookingId: id("bkg") }),
  body: z.strictObject({
    amountMinor: amountMinor.min(1),
    currency,
    reason: z.string().trim().min(1).max(500).describe("For the vendor's books; the guest is not told"),
  }),
  answers: { status: 201, description: "The order; the money is on its way", body: refundOrderView },
  problems: [
    "payment/not-found",
    "payment/refund-exceeds-kept",
    "payment/refund-in-other-currency",
    "payment/refund-too-fine",
    "payment/refund-before-capture",
    "payment/refund-while-disputed",
    "payment/refund-of-paid-on-arrival",
  ],
});
