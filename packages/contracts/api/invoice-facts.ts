/** What documents about a booking's money say of the booking, for the service that writes them. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { amountMinor, currency, utcInstant } from "../values.ts";
import { priceLine } from "./booking.ts";

/** What the booking cost when a charge was asked for. */
export const chargedPrice = z.object({
  charge: z.int().min(1),
  startsAt: utcInstant,
  endsAt: utcInstant,
  quantity: z.int().min(1),
  /** Of the whole booking then; a difference or a balance is a part of it. */
  totalMinor: amountMinor,
  lines: z.array(priceLine),
});
export type ChargedPrice = z.infer<typeof chargedPrice>;

export const invoiceFacts = z.object({
  bookingId: id("bkg"),
  customerId: id("usr"),
  vendorId: id("vnd"),
  vendorName: z.string(),
  resourceTitle: z.string(),
  /** What is taken along, which lines of a price may be for. */
  also: z.array(z.object({ resourceId: id("res"), resourceTitle: z.string() })),
  zone: z.string(),
  currency,
  /** By charge: charge 1, and each that a move added. */
  prices: z.array(chargedPrice).min(1),
});
export type InvoiceFacts = z.infer<typeof invoiceFacts>;

export const getInvoiceFacts = defineEndpoint({
  name: "getInvoiceFacts",
  service: "booking",
  method: "post",
  path: "/internal/invoice-facts",
  summary: "What invoices say of bookings: whose they are, and the price lines of each charge",
  access: "service",
  body: z.strictObject({ bookingIds: z.array(id("bkg")).min(1).max(200) }),
  idempotencyKey: { none: "A question: nothing is changed." },
  answers: {
    status: 200,
    description: "Those that exist",
    body: z.object({ bookings: z.array(invoiceFacts) }),
  },
});
