import type { Stripe } from "stripe";
import { expect, test } from "vitest";
import { accountFacts } from "./account-facts.ts";

function account(of: {
  readonly transfers?: string;
  readonly payouts?: boolean;
  readonly submitted?: boolean;
  readonly due?: string[];
  readonly disabled?: string;
}): Stripe.Account {
  return {
    id: "acct_1",
    default_currency: "eur",
    capabilities: { transfers: of.transfers },
    payouts_enabled: of.payouts ?? false,
    details_submitted: of.submitted ?? false,
    requirements: { currently_due: of.due ?? [], disabled_reason: of.disabled ?? null },
  } as unknown as Stripe.Account;
}

const all = { transfers: "active", payouts: true, submitted: true };

test.each([
  ["that may be sent money and pays it out", all, "enabled"],
  ["with something due one day", { ...all, due: ["individual.id_number"] }, "enabled"],
  ["that pays nothing out", { ...all, payouts: false, due: ["external_account"] }, "restricted"],
  ["that may be sent nothing", { ...all, transfers: "inactive", due: ["person.dob"] }, "restricted"],
  ["nobody has said anything about", { transfers: "inactive", due: ["business_type"] }, "pending"],
  ["that is being checked", { submitted: true, transfers: "pending" }, "pending"],
  ["that was rejected", { submitted: true, disabled: "rejected.fraud" }, "restricted"],
  ["without the capability", { submitted: true, payouts: true }, "pending"],
] as const)("an account %s is told as it stands", (_, of, state) => {
  expect(accountFacts(account(of as Parameters<typeof account>[0]))).toMatchObject({
    accountId: "acct_1",
    currency: "EUR",
    state,
  });
});
