/** What a vendor is owed, what it was sent, and its statements. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { amountMinor, currency, localDate, money, utcInstant } from "../values.ts";
import { vendorParams } from "./catalog.ts";
import { page, pageQuery } from "./paging.ts";

const signedMinor = z
  .int()
  .meta({ description: "Integer amount in minor units; less than zero is owed back" });

/** Why nothing is sent for now. */
export const payoutHindrances = ["no-account", "account-not-enabled", "vendor-suspended", "refused"] as const;

const currencyBalance = z.object({
  currency,
  balanceMinor: signedMinor.describe("All that follows together, as the ledger has it"),
  payableMinor: signedMinor.describe(
    "What the next transfer sends; nothing is sent while it is less than zero",
  ),
  pendingMinor: amountMinor.describe("Owed, and held for its days"),
  frozenMinor: amountMinor.describe("Owed, and held back while a dispute is not decided"),
  onItsWayMinor: amountMinor.describe("In a transfer that the provider has not confirmed yet"),
  hindrance: z.enum(payoutHindrances).nullable().describe("Why nothing is sent for now"),
  reason: z.string().nullable().describe("The provider's own word, where it refused"),
});

/** What a vendor is owed, by currency. */
export const vendorBalance = z
  .object({
    vendorId: id("vnd"),
    nextPayoutAt: utcInstant.nullable(),
    currencies: z.array(currencyBalance),
  })
  .meta({ id: "VendorBalance" });
export type VendorBalance = z.infer<typeof vendorBalance>;

export const getVendorBalance = defineEndpoint({
  name: "getVendorBalance",
  service: "payment",
  method: "get",
  path: "/v1/vendors/{vendorId}/balance",
  summary: "What a vendor is owed, and what of it is sent when",
  access: "payout:read:own",
  params: vendorParams,
  answers: { status: 200, description: "The balance", body: vendorBalance },
  problems: ["payment/vendor-not-found"],
});

/** Money sent to a vendor, or taken back. */
export const transferView = z
  .object({
    transferId: id("trf"),
    kind: z.enum(["transfer", "reversal"]),
    state: z.enum(["planned", "sent", "refused"]),
    amount: money,
    reversedMinor: amountMinor.describe("Of a transfer: what was taken back since"),
    reverses: id("trf").nullable().describe("Of a reversal: the transfer it takes back from"),
    bookingId: id("bkg").nullable().describe("Of a reversal: the booking whose money went back"),
    reason: z.string().nullable().describe("Why it was refused, in the provider's own word"),
    createdAt: utcInstant,
    sentAt: utcInstant.nullable(),
  })
  .meta({ id: "Transfer" });
export type TransferView = z.infer<typeof transferView>;

export const listVendorTransfers = defineEndpoint({
  name: "listVendorTransfers",
  service: "payment",
  method: "get",
  path: "/v1/vendors/{vendorId}/transfers",
  summary: "What was sent to a vendor and taken back, newest first",
  access: "payout:read:own",
  params: vendorParams,
  query: pageQuery,
  answers: { status: 200, description: "A page of transfers", body: page(transferView) },
  problems: ["payment/vendor-not-found"],
});

const statementQuery = z
  .strictObject({
    from: localDate.describe("The first day, in UTC"),
    to: localDate.describe("The last day, in UTC"),
  })
  .refine(({ from, to }) => from <= to, { message: "must not be before from", path: ["to"] });

const statementLine = z.object({
  on: localDate.describe("The day it is booked on"),
  at: utcInstant,
  kind: z.string().describe("`settlement`, `resettlement`, `netting`, `transfer`, `transfer-reversal`, …"),
  transactionId: id("ltx"),
  bookingId: id("bkg").nullable(),
  transferId: id("trf").nullable().describe("The transfer it is, or went with"),
  takenMinor: signedMinor.describe("What guests paid, less what went back to them"),
  commissionMinor: signedMinor.describe("What the platform keeps of that"),
  taxMinor: signedMinor.describe("What of the amount was taken as tax"),
  amountMinor: signedMinor.describe("What it does to the balance"),
  balanceMinor: signedMinor.describe("The balance after it"),
});

/** Everything that moved what a vendor is owed, day by day. */
export const vendorStatement = z
  .object({
    vendorId: id("vnd"),
    from: localDate,
    to: localDate,
    currencies: z.array(
      z.object({
        currency,
        openingMinor: signedMinor,
        lines: z.array(statementLine),
        closingMinor: signedMinor,
      }),
    ),
  })
  .meta({ id: "VendorStatement" });
export type VendorStatement = z.infer<typeof vendorStatement>;

const statement = {
  service: "payment",
  method: "get",
  access: "payout:read:own",
  limit: "costly",
  params: vendorParams,
  query: statementQuery,
  problems: ["payment/vendor-not-found", "payment/statement-too-large"],
} as const;
const statementBounds = "At most 10,000 lines: narrow it by `from` and `to`.";

export const getVendorStatement = defineEndpoint({
  ...statement,
  name: "getVendorStatement",
  path: "/v1/vendors/{vendorId}/statements",
  summary:
    "A vendor's account with the platform: what it was owed, each thing that changed that, and what is left",
  description: `The balances are those of the platform's ledger. ${statementBounds}`,
  answers: { status: 200, description: "The statement", body: vendorStatement },
});

export const exportVendorStatement = defineEndpoint({
  ...statement,
  name: "exportVendorStatement",
  path: "/v1/vendors/{vendorId}/statements.csv",
  summary: "A vendor's statement as a table",
  description: `With a header row (RFC 4180), the opening and closing balances as lines of their own, amounts in minor units and as decimals. ${statementBounds}`,
  answers: { status: 200, description: "A CSV file", body: z.string() },
  contentType: "text/csv; charset=utf-8",
});
