/** What guests have kept to pay by again. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";
import { savedMethodId } from "./paying.ts";

export const savedMethodView = z
  .object({
    paymentMethodId: savedMethodId.describe(
      "What a booking is paid by again: send it as `paymentMethod`. Of use to nobody else",
    ),
    type: z.string().describe("As the payment provider names it: `card`, `link`"),
    brand: z.string().nullable().describe("A card's: `visa`, `mastercard`; null of what is no card"),
    last4: z.string().nullable().describe("The last four digits of a card's number"),
    expiresMonth: z.int().min(1).max(12).nullable(),
    expiresYear: z.int().nullable(),
    createdAt: utcInstant,
  })
  .meta({ id: "SavedPaymentMethod" });
export type SavedMethodView = z.infer<typeof savedMethodView>;

export const listPaymentMethods = defineEndpoint({
  name: "listPaymentMethods",
  service: "payment",
  method: "get",
  path: "/v1/payment-methods",
  summary: "What the caller can pay by again, newest first",
  description:
    "Kept by a booking with `savePaymentMethod`, or by one with a deposit, whose balance is taken later. A page may hold fewer than `limit`, also where there is a next one.",
  access: "payment-method:manage:own",
  query: pageQuery,
  answers: { status: 200, description: "A page of payment methods", body: page(savedMethodView) },
});

export const removePaymentMethod = defineEndpoint({
  name: "removePaymentMethod",
  service: "payment",
  method: "delete",
  path: "/v1/payment-methods/{paymentMethodId}",
  summary: "Forget a payment method",
  description:
    "It is not listed any more, and detached at the payment provider within moments. What was paid by it stays paid, and refunds still go back there.",
  access: "payment-method:manage:own",
  params: z.object({ paymentMethodId: savedMethodId }),
  answers: { status: 204, description: "It is forgotten, now or before" },
  problems: ["payment/method-not-found", "payment/method-awaited"],
});
