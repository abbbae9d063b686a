/** Documents about a booking's money: invoices for what was taken, credit notes for what went back, and receipts of both. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { documentKinds } from "../events/payment.ts";
import { id } from "../ids.ts";
import { amountMinor, currency, instant, money, utcInstant } from "../values.ts";
import { postalAddress } from "./catalog.ts";
import { page, pageQuery } from "./paging.ts";

const signedMinor = z.int().meta({ description: "Integer amount in minor units; negative takes off" });

/** One line of a document. Added taxes are not in it, included ones are. */
export const documentLine = z
  .object({
    label: z.string(),
    details: z.array(z.string()).describe("What made the price of one"),
    /** `count` of `unit`, times `quantity`, times `unitAmountMinor`; null where the line counts nothing. */
    counted: z
      .object({
        count: z.number(),
        unit: z.enum(["hour", "night", "booking"]),
        quantity: z.int().min(1),
        unitAmountMinor: signedMinor,
      })
      .nullable(),
    amountMinor: signedMinor,
  })
  .meta({ id: "DocumentLine" });
export type DocumentLine = z.infer<typeof documentLine>;

export const documentTax = z
  .object({
    label: z.string(),
    basisPoints: z.int().nullable().describe("Its rate: 2000 is 20 %; null where it is not known"),
    included: z.boolean().describe("Contained in the lines already: shown, not added"),
    amountMinor: signedMinor,
  })
  .meta({ id: "DocumentTax" });
export type DocumentTax = z.infer<typeof documentTax>;

/** Whose document it is, as the vendor was when it was issued. */
export const documentIssuer = z
  .object({
    name: z.string(),
    legalName: z.string().nullable(),
    taxId: z.string().nullable(),
    address: postalAddress.nullable(),
  })
  .meta({ id: "DocumentIssuer" });
export type DocumentIssuer = z.infer<typeof documentIssuer>;

/** Who paid. The name is the account's of now, and is kept in no document. */
export const documentGuest = z
  .object({
    userId: id("usr"),
    name: z
      .string()
      .describe("`Guest` and their id where there is no such account any more, or auth is away"),
  })
  .meta({ id: "DocumentGuest" });
export type DocumentGuest = z.infer<typeof documentGuest>;

/** What was booked, as it was when the money was asked for. */
export const documentBooking = z
  .object({
    bookingId: id("bkg"),
    resourceTitle: z.string(),
    startsAt: utcInstant,
    endsAt: utcInstant,
    zone: z.string(),
  })
  .meta({ id: "DocumentBooking" });
export type DocumentBooking = z.infer<typeof documentBooking>;

const documentFields = {
  documentId: id("doc"),
  kind: z.enum(documentKinds),
  number: z
    .string()
    .describe("Of the vendor's own series for the kind and year, without a gap")
    .meta({ examples: ["INV-K7Q2MD-2026-000123"] }),
  vendorId: id("vnd"),
  bookingId: id("bkg"),
  charge: z.int().min(1).describe("Which of the booking's charges was taken, or given back"),
  issuedAt: utcInstant,
  total: money.describe("What was taken, or given back"),
  taxMinor: amountMinor.describe("What of the total is tax, included taxes too"),
  invoice: z
    .object({ documentId: id("doc"), number: z.string() })
    .nullable()
    .describe("The invoice that a credit note corrects"),
};

/** A document in a list. */
export const documentSummary = z.object(documentFields).meta({ id: "DocumentSummary" });
export type DocumentSummary = z.infer<typeof documentSummary>;

/** A document with everything that stands on it. */
export const documentView = z
  .object({
    ...documentFields,
    paidAt: utcInstant.describe("When the money was taken, or given back"),
    provider: z
      .string()
      .describe("Who moves its money: `stripe`, or `on-arrival`, where the guest pays the vendor there"),
    issuer: documentIssuer,
    guest: documentGuest,
    booking: documentBooking,
    lines: z.array(documentLine),
    taxes: z.array(documentTax),
    netMinor: signedMinor.describe("The total without any tax"),
  })
  .meta({ id: "Document" });
export type DocumentView = z.infer<typeof documentView>;

/** Everything that was paid for a booking and given back. It has no number: it is what is so now. */
export const receiptView = z
  .object({
    issuer: documentIssuer,
    guest: documentGuest,
    booking: documentBooking,
    currency,
    movements: z.array(
      z.object({
        kind: z.enum(["payment", "refund"]),
        charge: z.int().min(1),
        at: utcInstant,
        amountMinor,
        document: z
          .string()
          .nullable()
          .describe("Number of its invoice or credit note; null while it is being written"),
      }),
    ),
    paidMinor: amountMinor,
    refundedMinor: amountMinor,
    chargedBackMinor: amountMinor.describe(
      "What the guest's bank gave back in a dispute, for good; that is no credit of the vendor's and has no document",
    ),
    keptMinor: amountMinor,
  })
  .meta({ id: "Receipt" });
export type ReceiptView = z.infer<typeof receiptView>;

/** What a document can be had as. */
export const documentFormats = ["json", "html", "pdf"] as const;
export type DocumentFormat = (typeof documentFormats)[number];

const inFormat = z.strictObject({
  format: z.enum(documentFormats).optional().describe("In place of what `Accept` says"),
});
const alsoAs = ["text/html", "application/pdf"] as const;
const formats =
  "As JSON, as a page to be read and printed, or as a PDF: whichever `Accept` likes best, or `format` says.";

export const listBookingDocuments = defineEndpoint({
  name: "listBookingDocuments",
  service: "payment",
  method: "get",
  path: "/v1/bookings/{bookingId}/documents",
  summary: "A booking's invoices and credit notes, for its guest and its vendor's people",
  description: "In the order they were issued. One is issued within seconds of the money it is about.",
  access: "document:read:own",
  params: z.object({ bookingId: id("bkg") }),
  answers: {
    status: 200,
    description: "All of them",
    body: z.object({ items: z.array(documentSummary) }),
  },
  problems: ["payment/not-found"],
});

export const listVendorDocuments = defineEndpoint({
  name: "listVendorDocuments",
  service: "payment",
  method: "get",
  path: "/v1/vendors/{vendorId}/documents",
  summary: "A vendor's invoices and credit notes, newest first, for its people",
  access: "document:read:own",
  params: z.object({ vendorId: id("vnd") }),
  query: pageQuery.extend({
    kind: z.enum(documentKinds).optional(),
    from: instant.optional().describe("Issued at or after"),
    to: instant.optional().describe("Issued before"),
  }),
  answers: { status: 200, description: "A page of documents", body: page(documentSummary) },
  problems: ["payment/vendor-not-found"],
});

export const getDocument = defineEndpoint({
  name: "getDocument",
  service: "payment",
  method: "get",
  path: "/v1/documents/{documentId}",
  summary: "An invoice or credit note, for its guest and its vendor's people",
  description: formats,
  access: "document:read:own",
  params: z.object({ documentId: id("doc") }),
  query: inFormat,
  answers: { status: 200, description: "The document", body: documentView },
  alsoAs,
  problems: ["payment/document-not-found"],
});

export const getReceipt = defineEndpoint({
  name: "getReceipt",
  service: "payment",
  method: "get",
  path: "/v1/bookings/{bookingId}/receipt",
  summary: "All that was paid for a booking and given back, for its guest and its vendor's people",
  description: `${formats} It has no number, and says what is so when it is asked for.`,
  access: "document:read:own",
  params: z.object({ bookingId: id("bkg") }),
  query: inFormat,
  answers: { status: 200, description: "The receipt", body: receiptView },
  alsoAs,
  problems: ["payment/not-found"],
});
