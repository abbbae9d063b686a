/** The ledger, for administrators: balances, transactions, closed days, and what vendors' bookings bear. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { currency, utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

/** Accounts of the ledger; what each holds is in docs/architecture.md. */
export const ledgerAccounts = [
  "stripe",
  "on-arrival",
  "guest",
  "refunds",
  "vendor-payable",
  "tax",
  "platform-fee",
  "stripe-fee",
  "disputed",
  "write-off",
] as const;
export type LedgerAccount = (typeof ledgerAccounts)[number];

const account = z.enum(ledgerAccounts);
const kind = z.string().max(40).describe("`capture`, `refund`, `settlement` …: see the table of postings");
const day = z.iso.date().meta({ description: "A day in UTC", examples: ["2026-12-01"] });
const signedMinor = z
  .int()
  .meta({ description: "Minor units; positive is debit, negative is credit", examples: [-12500] });

const balance = z.object({ account, currency, balanceMinor: signedMinor }).meta({ id: "LedgerBalance" });

export const getLedgerBalances = defineEndpoint({
  name: "getLedgerBalances",
  service: "payment",
  method: "get",
  path: "/v1/ledger/balances",
  summary: "What each account of the ledger holds now",
  description:
    "Of everything, or of one booking's or one vendor's transactions. Each currency is for itself: in each, all balances add up to zero.",
  access: "ledger:read:any",
  limit: "costly",
  query: z.strictObject({ bookingId: id("bkg").optional(), vendorId: id("vnd").optional() }),
  answers: { status: 200, description: "The balances", body: z.object({ items: z.array(balance) }) },
});

const ledgerTransaction = z
  .object({
    transactionId: id("ltx"),
    kind,
    cause: z.string().describe("What made it so: the same is posted once"),
    bookedOn: day,
    at: utcInstant,
    bookingId: id("bkg").nullable(),
    vendorId: id("vnd").nullable(),
    entries: z.array(z.object({ account, currency, amountMinor: signedMinor })),
  })
  .meta({ id: "LedgerTransaction" });
export type LedgerTransaction = z.infer<typeof ledgerTransaction>;

export const listLedgerTransactions = defineEndpoint({
  name: "listLedgerTransactions",
  service: "payment",
  method: "get",
  path: "/v1/ledger/transactions",
  summary: "Transactions of the ledger, newest first",
  access: "ledger:read:any",
  query: pageQuery.extend({
    bookingId: id("bkg").optional(),
    vendorId: id("vnd").optional(),
    account: account.optional(),
    day: day.optional(),
    kind: kind.optional(),
  }),
  answers: { status: 200, description: "A page of transactions", body: page(ledgerTransaction) },
});

const closeFields = {
  day,
  transactions: z.int().min(0),
  entries: z.int().min(0),
  hash: z
    .string()
    .describe("SHA-256 over the hash of the day before and every transaction of the day, in hexadecimal"),
};

const ledgerClose = z.object({ ...closeFields, closedAt: utcInstant }).meta({ id: "LedgerClose" });
export type LedgerClose = z.infer<typeof ledgerClose>;

export const listLedgerCloses = defineEndpoint({
  name: "listLedgerCloses",
  service: "payment",
  method: "get",
  path: "/v1/ledger/closes",
  summary: "Closed days of the ledger, the latest first",
  access: "ledger:read:any",
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).default(20),
    before: day.optional().describe("Days before this one"),
  }),
  answers: {
    status: 200,
    description: "Closed days",
    body: z.object({ items: z.array(ledgerClose) }),
  },
});

const dayTotal = z
  .object({
    account,
    currency,
    debitMinor: z.int().min(0),
    creditMinor: z.int().min(0),
    balanceMinor: signedMinor.describe("At the end of the day"),
  })
  .meta({ id: "LedgerDayTotal" });
export type LedgerDayTotal = z.infer<typeof dayTotal>;

const booksOfDay = z.object({ ...closeFields, totals: z.array(dayTotal) });

export const getLedgerClose = defineEndpoint({
  name: "getLedgerClose",
  service: "payment",
  method: "get",
  path: "/v1/ledger/closes/{day}",
  summary: "A closed day of the ledger, worked out anew",
  description:
    "Reads the day's entries again and says whether they still are what was closed: `matches` is false where anything of the day, or of the close, has been changed since.",
  access: "ledger:read:any",
  limit: "costly",
  timeoutMs: 60_000,
  params: z.object({ day }),
  answers: {
    status: 200,
    description: "The day as it was closed, and as it is found now",
    body: z
      .object({ closed: booksOfDay, closedAt: utcInstant, found: booksOfDay, matches: z.boolean() })
      .meta({ id: "LedgerCloseProof" }),
  },
  problems: ["payment/close-not-found"],
});

const basisPoints = z
  .int()
  .min(0)
  .max(10_000)
  .meta({ description: "Hundredths of a percent of what is kept without its tax", examples: [1500] });

const commission = z
  .object({
    vendorId: id("vnd"),
    basisPoints: basisPoints.describe("What bookings held from now on bear"),
    history: z
      .array(
        z.object({
          since: utcInstant,
          basisPoints: basisPoints.nullable().describe("Null: as the platform's"),
        }),
      )
      .describe("Rates set for this vendor, the latest first"),
  })
  .meta({ id: "Commission" });
export type Commission = z.infer<typeof commission>;

const vendorParams = z.object({ vendorId: id("vnd") });

export const getCommission = defineEndpoint({
  name: "getCommission",
  service: "payment",
  method: "get",
  path: "/v1/vendors/{vendorId}/commission",
  summary: "What the platform keeps of a vendor's bookings",
  access: "ledger:read:any",
  params: vendorParams,
  answers: { status: 200, description: "The rate and its history", body: commission },
  problems: ["payment/vendor-not-found"],
});

export const setCommission = defineEndpoint({
  name: "setCommission",
  service: "payment",
  method: "put",
  path: "/v1/vendors/{vendorId}/commission",
  summary: "Set what the platform keeps of a vendor's bookings from now on",
  description: "A booking bears the rate of when it was held, whatever is set before it is settled.",
  access: "commission:manage:any",
  params: vendorParams,
  body: z.strictObject({
    basisPoints: basisPoints.nullable().describe("Null: as the platform's from now on"),
  }),
  answers: { status: 200, description: "The rate and its history", body: commission },
  problems: ["payment/vendor-not-found"],
});
