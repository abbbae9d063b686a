import type { Stripe } from "stripe";
import { changedAccount, controllerOf, noProfile } from "./account-parameters.ts";
import { invalidParameter } from "./errors.ts";
import { emptyForm, type Form } from "./form-body.ts";
import type { AccountObject, Capability } from "./objects.ts";
import { optionalText } from "./parameters.ts";

const currencies: Readonly<Record<string, string>> = {
  CH: "chf",
  DK: "dkk",
  GB: "gbp",
  SE: "sek",
  US: "usd",
};

/** What Stripe knows of a vendor and lets them do. */
export interface Standing {
  readonly isSubmitted: boolean;
  readonly mayCharge: boolean;
  readonly mayBePaidOut: boolean;
  /** The state of every capability that was asked for. */
  readonly capability: "active" | "inactive" | "pending";
  /** What Stripe wants to know now, and would have wanted before. */
  readonly due: readonly string[];
  readonly disabledReason: Stripe.Account.Requirements.DisabledReason | null;
}

const newcomer: Standing = {
  isSubmitted: false,
  mayCharge: false,
  mayBePaidOut: false,
  capability: "inactive",
  due: ["business_type", "external_account", "tos_acceptance.date", "tos_acceptance.ip"],
  disabledReason: "requirements.past_due",
};

/** The account as this standing shows it. */
export function withStanding(
  object: AccountObject,
  requested: readonly Capability[],
  standing: Standing,
): AccountObject {
  const due = [...standing.due];
  return {
    ...object,
    charges_enabled: standing.mayCharge,
    payouts_enabled: standing.mayBePaidOut,
    details_submitted: standing.isSubmitted,
    capabilities: Object.fromEntries(requested.map((name) => [name, standing.capability])),
    requirements: {
      ...object.requirements,
      currently_due: due,
      eventually_due: due,
      past_due: due,
      pending_verification: standing.capability === "pending" ? ["individual.verification.document"] : [],
      disabled_reason: standing.disabledReason,
    },
  };
}

function settings(): AccountObject["settings"] {
  return {
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_payments: {
      decline_on: { avs_failure: false, cvc_failure: false },
      statement_descriptor_prefix: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: null, timezone: "Etc/UTC" },
    payments: {
      statement_descriptor: null,
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    payouts: {
      debit_negative_balances: true,
      schedule: { delay_days: 2, interval: "daily" },
      statement_descriptor: null,
    },
  };
}

/** A new account that has submitted nothing yet. */
export function newAccountObject(
  id: string,
  created: number,
  form: Form,
  requested: readonly Capability[],
): AccountObject {
  const country = optionalText(form, "country") ?? "DE";
  if (!/^[A-Z]{2}$/.test(country)) {
    throw invalidParameter(
      `Country '${country}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', 'EG', or 'GB'. A full list of country codes is available at https://www.iso.org/obp/ui/#search/code/`,
      "country",
      "country_code_invalid",
    );
  }
  const { controller, type } = controllerOf(form);
  const blank: AccountObject = {
    id,
    object: "account",
    business_profile: noProfile,
    business_type: null,
    capabilities: {},
    charges_enabled: false,
    controller,
    country,
    created,
    default_currency: currencies[country] ?? "eur",
    details_submitted: false,
    email: null,
    external_accounts: {
      object: "list",
      data: [],
      has_more: false,
      url: `/v1/accounts/${id}/external_accounts`,
    },
    future_requirements: {
      alternatives: [],
      current_deadline: null,
      currently_due: [],
      disabled_reason: null,
      errors: [],
      eventually_due: [],
      past_due: [],
      pending_verification: [],
    },
    metadata: emptyForm() as Stripe.Metadata,
    payouts_enabled: false,
    requirements: {
      alternatives: [],
      current_deadline: null,
      currently_due: [],
      disabled_reason: null,
      errors: [],
      eventually_due: [],
      past_due: [],
      pending_verification: [],
    },
    settings: settings(),
    tos_acceptance: { date: null, ip: null, user_agent: null },
    type,
  };
  return withStanding(changedAccount(blank, form), requested, newcomer);
}
