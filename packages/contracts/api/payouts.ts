/** How a vendor is paid out: its account with the payment provider, and when money is sent there. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { payoutAccountStates } from "../events/payment.ts";
import { id } from "../ids.ts";
import { currency, utcInstant } from "../values.ts";
import { vendorParams } from "./catalog.ts";

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
