import type { Stripe } from "stripe";
import { invalidParameter } from "./errors.ts";
import { emptyForm, type Form } from "./form-body.ts";
import type { AccountObject, Capability } from "./objects.ts";
import {
  clearableText,
  mergedMetadata,
  optionalChoice,
  optionalFlag,
  optionalGroup,
  optionalInteger,
  optionalText,
  refuseUnknown,
} from "./parameters.ts";

const businessTypes = ["individual", "company", "non_profit", "government_entity"] as const;
const weekDays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const capabilities: readonly Capability[] = ["card_payments", "transfers"];
const accountTypes = ["express", "standard", "custom"] as const;

export const noProfile: Stripe.Account.BusinessProfile = {
  annual_revenue: null,
  estimated_worker_count: null,
  mcc: null,
  minority_owned_business_designation: null,
  name: null,
  product_description: null,
  specified_commercial_transactions_act_url: null,
  support_address: null,
  support_email: null,
  support_phone: null,
  support_url: null,
  url: null,
};

/** Which capabilities the request asks for, on top of those asked for before. */
export function requestedCapabilities(form: Form, before: readonly Capability[]): Capability[] {
  const asked = new Set(before);
  const group = optionalGroup(form, "capabilities") ?? emptyForm();
  refuseUnknown(group, new Set(capabilities));
  for (const name of capabilities) {
    const one = optionalGroup(group, name);
    const requested = one === undefined ? undefined : optionalFlag(one, "requested");
    if (requested === true) asked.add(name);
    else if (requested === false) asked.delete(name);
  }
  return capabilities.filter((name) => asked.has(name));
}

/** Who pays, bears losses and asks the vendor, and the type of account that makes. */
export function controllerOf(form: Form): {
  controller: Stripe.Account.Controller;
  type: Stripe.Account.Type;
} {
  const type = optionalChoice(form, "type", accountTypes);
  const given = optionalGroup(form, "controller");
  if (given !== undefined && type !== undefined) {
    throw invalidParameter(
      "You may not provide the `type` parameter and `controller` parameters simultaneously. They are mutually exclusive.",
      "type",
    );
  }
  const controller = given === undefined ? controllerOfType(type ?? "standard") : controllerIn(given);
  return { controller, type: type ?? typeOf(controller) };
}

function controllerOfType(type: (typeof accountTypes)[number]): Stripe.Account.Controller {
  const standard = type === "standard";
  return {
    fees: { payer: standard ? "account" : type === "express" ? "application_express" : "application_custom" },
    is_controller: true,
    losses: { payments: standard ? "stripe" : "application" },
    requirement_collection: type === "custom" ? "application" : "stripe",
    stripe_dashboard: { type: standard ? "full" : type === "express" ? "express" : "none" },
    type: "application",
  };
}

function controllerIn(group: Form): Stripe.Account.Controller {
  const inner = (name: string): Form => optionalGroup(group, name) ?? emptyForm();
  return {
    fees: { payer: optionalChoice(inner("fees"), "payer", ["account", "application"]) ?? "account" },
    is_controller: true,
    losses: { payments: optionalChoice(inner("losses"), "payments", ["application", "stripe"]) ?? "stripe" },
    requirement_collection:
      optionalChoice(group, "requirement_collection", ["application", "stripe"]) ?? "stripe",
    stripe_dashboard: {
      type: optionalChoice(inner("stripe_dashboard"), "type", ["express", "full", "none"]) ?? "full",
    },
    type: "application",
  };
}

/** The type an account with this controller goes by; `none` where it is none of the three. */
function typeOf({
  stripe_dashboard: dashboard,
  fees,
  losses,
}: Stripe.Account.Controller): Stripe.Account.Type {
  const platformPays = fees?.payer === "application" && losses?.payments === "application";
  if (dashboard?.type === "express" && platformPays) return "express";
  if (dashboard?.type === "full" && fees?.payer === "account" && losses?.payments === "stripe")
    return "standard";
  return "none";
}

/** The account with what the request says of the vendor and of their payouts. */
export function changedAccount(object: AccountObject, form: Form): AccountObject {
  const email = clearableText(form, "email");
  return {
    ...object,
    business_profile: changedProfile(
      object.business_profile ?? noProfile,
      optionalGroup(form, "business_profile"),
    ),
    business_type: optionalChoice(form, "business_type", businessTypes) ?? object.business_type ?? null,
    default_currency: optionalText(form, "default_currency") ?? object.default_currency,
    email: email === undefined ? object.email : email,
    metadata: mergedMetadata(object.metadata, form),
    settings: changedSettings(object.settings, optionalGroup(form, "settings")),
  };
}

const profileTexts = [
  "mcc",
  "name",
  "product_description",
  "support_email",
  "support_phone",
  "support_url",
  "url",
] as const;

function changedProfile(
  profile: Stripe.Account.BusinessProfile,
  group: Form | undefined,
): Stripe.Account.BusinessProfile {
  if (group === undefined) return profile;
  refuseUnknown(group, new Set(profileTexts));
  const changed = { ...profile };
  for (const name of profileTexts) {
    const text = clearableText(group, name);
    if (text !== undefined) changed[name] = text;
  }
  return changed;
}

function changedSettings(
  present: AccountObject["settings"],
  group: Form | undefined,
): AccountObject["settings"] {
  if (group === undefined) return present;
  refuseUnknown(group, new Set(["payouts"]));
  const payouts = optionalGroup(group, "payouts");
  if (payouts === undefined) return present;
  refuseUnknown(payouts, new Set(["debit_negative_balances", "schedule", "statement_descriptor"]));
  const descriptor = clearableText(payouts, "statement_descriptor");
  return {
    ...present,
    payouts: {
      debit_negative_balances:
        optionalFlag(payouts, "debit_negative_balances") ?? present.payouts.debit_negative_balances,
      schedule: changedSchedule(present.payouts.schedule, optionalGroup(payouts, "schedule")),
      statement_descriptor: descriptor === undefined ? present.payouts.statement_descriptor : descriptor,
    },
  };
}

function changedSchedule(
  present: Stripe.Account.Settings.Payouts.Schedule,
  group: Form | undefined,
): Stripe.Account.Settings.Payouts.Schedule {
  if (group === undefined) return present;
  refuseUnknown(group, new Set(["delay_days", "interval", "monthly_anchor", "weekly_anchor"]));
  const interval =
    optionalChoice(group, "interval", ["manual", "daily", "weekly", "monthly"]) ?? present.interval;
  const weekly = optionalChoice(group, "weekly_anchor", weekDays) ?? present.weekly_anchor;
  const monthly = optionalInteger(group, "monthly_anchor", 1) ?? present.monthly_anchor;
  const param = (name: string): string => `settings[payouts][schedule][${name}]`;
  if (interval === "weekly" && weekly === undefined) {
    throw invalidParameter(
      "You must provide a `weekly_anchor` when the interval is `weekly`.",
      param("weekly_anchor"),
      "parameter_missing",
    );
  }
  if (interval === "monthly" && (monthly === undefined || monthly > 31)) {
    throw invalidParameter(
      "You must provide a `monthly_anchor` from 1 to 31 when the interval is `monthly`.",
      param("monthly_anchor"),
      "parameter_missing",
    );
  }
  const delay = group["delay_days"] === "minimum" ? 2 : optionalInteger(group, "delay_days", 1);
  return {
    delay_days: delay ?? present.delay_days,
    interval,
    ...(interval === "weekly" && weekly !== undefined ? { weekly_anchor: weekly } : {}),
    ...(interval === "monthly" && monthly !== undefined ? { monthly_anchor: monthly } : {}),
  };
}
