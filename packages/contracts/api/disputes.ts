/** What guests dispute at their banks. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { money, utcInstant } from "../values.ts";
import { vendorParams } from "./catalog.ts";
import { page, pageQuery } from "./paging.ts";

/** Where a dispute stands; `closed` is one that ended without a decision. */
export const disputeStatuses = ["open", "won", "lost", "closed"] as const;

export const disputeView = z
  .object({
    disputeId: id("dsp"),
    bookingId: id("bkg"),
    charge: z.int().min(1),
    paymentId: id("pay"),
    vendorId: id("vnd").nullable(),
    status: z.enum(disputeStatuses),
    providerStatus: z
      .string()
      .describe("In the payment provider's words: `needs_response`, `under_review`, …"),
    providerId: z.string().describe("The payment provider's id, by which evidence is given there"),
    disputed: money,
    fee: money.nullable().describe("What the payment provider asks for it; the platform bears it"),
    reason: z.string().describe("In the bank's words: `fraudulent`, `product_not_received`, …"),
    answerDueBy: utcInstant.nullable().describe("Until when the bank takes evidence"),
    openedAt: utcInstant,
    closedAt: utcInstant.nullable(),
  })
  .meta({ id: "Dispute" });
export type DisputeView = z.infer<typeof disputeView>;

const disputeQuery = pageQuery.extend({ status: z.enum(disputeStatuses).optional() });

export const listDisputes = defineEndpoint({
  name: "listDisputes",
  service: "payment",
  method: "get",
  path: "/v1/disputes",
  summary: "All disputes, newest first",
  access: "dispute:read:any",
  query: disputeQuery.extend({ vendorId: id("vnd").optional() }),
  answers: { status: 200, description: "A page of disputes", body: page(disputeView) },
});

export const listVendorDisputes = defineEndpoint({
  name: "listVendorDisputes",
  service: "payment",
  method: "get",
  path: "/v1/vendors/{vendorId}/disputes",
  summary: "Disputes about a vendor's bookings, newest first",
  description:
    "While a dispute is open nothing of its booking is sent to the vendor. What is lost is taken from what the vendor is sent, as a refund would be.",
  access: "dispute:read:own",
  params: vendorParams,
  query: disputeQuery,
  answers: { status: 200, description: "A page of disputes", body: page(disputeView) },
  problems: ["payment/vendor-not-found"],
});
