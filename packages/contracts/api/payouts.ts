/** How a vendor is paid out: its account with the payment provider, and when money is sent there. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { payoutAccountStates } from "../events/payment.ts";
import { id } from "../ids.ts";
import { currency, utcInstant } from "../values.ts";
import { vendorParams } from "./catalog.ts";
import { page, pageQuery } from "./paging.ts";

const country = z
  .string()
  .regex(/^[A-Z]{2}$/, "must be two capital letters")
  .meta({ description: "ISO 3166-1 alpha-2 code", examples: ["PT"] });

/** A vendor's account with the payment provider, as far as it matters here. What the vendor tells the provider stays there. */
export const payoutAccountView = z
  .object({
    vendorId: id("vnd"),
    accountId: z.string().nullable().describe("The provider's id; null until the provider has made it"),
    state: z.enum(payoutAccountStates),
    country,
    currency: currency
      .nullable()
      .describe("What the provider pays out in where the vendor says nothing else"),
    missing: z
      .array(z.string())
      .describe("What the provider still wants to know, in its own words: `external_account`, …"),
    reason: z
      .string()
      .nullable()
      .describe(
        "Why the provider made no account, or lets it do nothing, in its own words; null where all is well",
      ),
    createdAt: utcInstant,
  })
  .meta({ id: "PayoutAccount" });
export type PayoutAccountView = z.infer<typeof payoutAccountView>;

export const getPayoutAccount = defineEndpoint({
  name: "getPayoutAccount",
  service: "payment",
  method: "get",
  path: "/v1/vendors/{vendorId}/payout-account",
  summary: "Where a vendor's money is sent, and what is missing for it",
  access: "payout:read:own",
  params: vendorParams,
  answers: { status: 200, description: "The account", body: payoutAccountView },
  problems: ["payment/vendor-not-found", "payment/payout-account-not-found"],
});

export const createPayoutAccount = defineEndpoint({
  name: "createPayoutAccount",
  service: "payment",
  method: "post",
  path: "/v1/vendors/{vendorId}/payout-account",
  summary: "Have an account made with the payment provider, to be paid out to",
  description:
    "A vendor has one account. It is made in the background: `accountId` is null until then. Asked again, the account there is is the answer; if the provider refused to make it, it is asked again.",
  access: "payout:manage:own",
  params: vendorParams,
  body: z.strictObject({ country }),
  answers: { status: 201, description: "The account as it stands", body: payoutAccountView },
  problems: ["payment/vendor-not-found", "payment/payout-account-exists"],
});

/** A page of the provider's own: https, or on the very machine of whoever tries it out. */
const pageUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(500)
  .refine(
    (text) => URL.canParse(text) && isSafe(new URL(text)),
    "must be an https address, or one of this machine",
  );

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1";
}

export const createOnboardingLink = defineEndpoint({
  name: "createOnboardingLink",
  service: "payment",
  method: "post",
  path: "/v1/vendors/{vendorId}/payout-account/onboarding-link",
  summary: "A page of the payment provider where the vendor says who they are and where money goes",
  description:
    "It works once and for a few minutes, and whoever opens it can say where the vendor's money goes: it is given to who has just proved who they are, and kept nowhere.",
  access: "payout:manage:own",
  stepUp: true,
  limit: "costly",
  idempotencyKey: {
    none: "A link is kept nowhere, so it cannot be given again; another call makes another.",
  },
  params: vendorParams,
  body: z.strictObject({
    returnUrl: pageUrl.describe("Where the provider sends the vendor afterwards, whatever came of it"),
    refreshUrl: pageUrl
      .optional()
      .describe("Where it sends who opens an old link, to be given another; `returnUrl` where not said"),
  }),
  answers: {
    status: 200,
    description: "The link",
    body: z.object({ url: z.url(), expiresAt: utcInstant }).meta({ id: "OnboardingLink" }),
  },
  problems: [
    "payment/vendor-not-found",
    "payment/payout-account-not-found",
    "payment/payout-account-not-ready",
    "payment/provider-refused",
  ],
});

const holdDays = z
  .int()
  .min(0)
  .max(365)
  .describe("Days from when a booking's money is decided until it is sent; the platform sets bounds");

/** On which days a vendor is paid out. */
export const payoutSchedule = z
  .discriminatedUnion("interval", [
    z.strictObject({ interval: z.literal("daily"), holdDays }),
    z.strictObject({
      interval: z.literal("weekly"),
      weekday: z.int().min(1).max(7).describe("1 is Monday"),
      holdDays,
    }),
    z.strictObject({
      interval: z.literal("monthly"),
      day: z.int().min(1).max(31).describe("The last day where the month is shorter"),
      holdDays,
    }),
  ])
  .meta({ id: "PayoutSchedule" });

const payoutScheduleView = z
  .object({
    schedule: payoutSchedule,
    holdDaysMin: z.int(),
    holdDaysMax: z.int(),
    nextPayoutAt: utcInstant.nullable().describe("Null while there is no account that can be paid out to"),
  })
  .meta({ id: "PayoutScheduleView" });
export type PayoutScheduleView = z.infer<typeof payoutScheduleView>;

export const getPayoutSchedule = defineEndpoint({
  name: "getPayoutSchedule",
  service: "payment",
  method: "get",
  path: "/v1/vendors/{vendorId}/payout-schedule",
  summary: "When a vendor is paid out",
  access: "payout:read:own",
  params: vendorParams,
  answers: { status: 200, description: "The schedule", body: payoutScheduleView },
  problems: ["payment/vendor-not-found"],
});

export const setPayoutSchedule = defineEndpoint({
  name: "setPayoutSchedule",
  service: "payment",
  method: "put",
  path: "/v1/vendors/{vendorId}/payout-schedule",
  summary: "Say when a vendor is paid out",
  description: "Days are in UTC, and a payout begins with its day.",
  access: "payout:manage:own",
  params: vendorParams,
  body: payoutSchedule,
  answers: { status: 200, description: "The schedule as it then stands", body: payoutScheduleView },
  problems: ["payment/vendor-not-found", "payment/hold-days-out-of-bounds"],
});

const parkedPayout = z
  .object({
    vendorId: id("vnd"),
    currency,
    transferId: id("trf").describe("The latest that was refused"),
    reason: z.string(),
    refusals: z.int().min(1),
    since: utcInstant,
    retryAt: utcInstant,
  })
  .meta({ id: "ParkedPayout" });
export type ParkedPayout = z.infer<typeof parkedPayout>;

export const listParkedPayouts = defineEndpoint({
  name: "listParkedPayouts",
  service: "payment",
  method: "get",
  path: "/v1/operations/payouts",
  summary: "What the payment provider refuses to send to vendors",
  access: "operations:read:any",
  query: pageQuery,
  answers: { status: 200, description: "Parked payouts, by vendor", body: page(parkedPayout) },
});

export const retryPayouts = defineEndpoint({
  name: "retryPayouts",
  service: "payment",
  method: "post",
  path: "/v1/operations/payouts/{vendorId}/retry",
  summary: "Try to pay a vendor out now, whatever its schedule says and whatever was refused before",
  access: "operations:repair:any",
  params: vendorParams,
  answers: { status: 204, description: "It is tried within seconds" },
  problems: ["payment/payout-account-not-found"],
});
