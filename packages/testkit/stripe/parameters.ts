import { emptyForm, type Form } from "./form-body.ts";
import { invalidParameter } from "./errors.ts";

/** What `setup_future_usage` may be. */
export const futureUsages = ["on_session", "off_session"] as const;
export type FutureUsage = (typeof futureUsages)[number];

const maximumAmount = 99_999_999;
const currencies = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));
// Stripe's own minimum charges; a currency not named here takes any positive amount.
const minimumAmounts: Readonly<Record<string, number>> = { usd: 50, eur: 50, chf: 50, gbp: 30, jpy: 50 };
// Of three decimals the last is zero, and of two that are there for old times' sake both are.
const coarse: Readonly<Record<string, number>> = {
  bhd: 10,
  jod: 10,
  kwd: 10,
  omr: 10,
  tnd: 10,
  isk: 100,
  ugx: 100,
};

/** @throws Refusal `parameter_unknown` at the first parameter the operation does not take */
export function refuseUnknown(form: Form, accepted: ReadonlySet<string>): void {
  for (const name of Object.keys(form)) {
    if (!accepted.has(name)) {
      throw invalidParameter(`Received unknown parameter: ${name}`, name, "parameter_unknown");
    }
  }
}

/** @throws Refusal `parameter_missing` */
export function missing(name: string): never {
  throw invalidParameter(`Missing required param: ${name}.`, name, "parameter_missing");
}

export function optionalText(form: Form, name: string): string | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw invalidParameter(`Invalid string: ${JSON.stringify(value)}`, name);
  if (value === "") {
    throw invalidParameter(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      name,
      "parameter_invalid_empty",
    );
  }
  return value;
}

export function requiredText(form: Form, name: string): string {
  return optionalText(form, name) ?? missing(name);
}

/** `undefined` leaves the value as it is, `null` (sent as an empty string) unsets it. */
export function clearableText(form: Form, name: string): string | null | undefined {
  return form[name] === "" ? null : optionalText(form, name);
}

export function optionalInteger(form: Form, name: string, least: number): number | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !/^-?\d{1,15}$/.test(value)) {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    throw invalidParameter(`Invalid integer: ${shown}`, name, "parameter_invalid_integer");
  }
  const number = Number(value);
  if (number < least) {
    throw invalidParameter(
      `This value must be greater than or equal to ${least}.`,
      name,
      "parameter_invalid_integer",
    );
  }
  return number;
}

export function optionalFlag(form: Form, name: string): boolean | undefined {
  const value = form[name];
  if (value === undefined || value === "true" || value === "false")
    return value === undefined ? value : value === "true";
  throw invalidParameter(`Invalid boolean: ${typeof value === "string" ? value : "object"}`, name);
}

export function optionalChoice<T extends string>(
  form: Form,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = optionalText(form, name);
  if (value === undefined) return undefined;
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  const last = choices.at(-1) ?? "";
  throw invalidParameter(
    `Invalid ${name}: must be one of ${choices.slice(0, -1).join(", ")}, or ${last}`,
    name,
  );
}

export function optionalGroup(form: Form, name: string): Form | undefined {
  const value = form[name];
  if (value === undefined || typeof value === "object") return value;
  if (value === "") return undefined;
  throw invalidParameter("Invalid object", name);
}

export function optionalTexts(form: Form, name: string): string[] | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (typeof value === "string") throw invalidParameter("Invalid array", name);
  return Object.values(value).map((entry) => {
    if (typeof entry === "string") return entry;
    throw invalidParameter("Invalid array", name);
  });
}

export function optionalUrl(form: Form, name: string): string | undefined {
  const value = optionalText(form, name);
  if (value === undefined) return undefined;
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return value;
  throw invalidParameter("Not a valid URL", name, "url_invalid");
}

export function requiredCurrency(form: Form): string {
  const currency = requiredText(form, "currency").toLowerCase();
  if (currencies.has(currency)) return currency;
  throw invalidParameter(`Invalid currency: ${currency}.`, "currency");
}

/** Checks an amount in minor units against Stripe's limits for a charge. */
export function checkChargeAmount(amountMinor: number, currency: string): number {
  checkTransferAmount(amountMinor);
  const least = minimumAmounts[currency] ?? 1;
  if (amountMinor < least) {
    throw invalidParameter(
      `Amount must be at least ${least} in minor units of ${currency}`,
      "amount",
      "amount_too_small",
    );
  }
  return checkFineness(amountMinor, currency);
}

/** What amounts of a currency are multiples of. */
export function smallestAmount(currency: string): number {
  return coarse[currency] ?? 1;
}

/** No decimals that card networks do not take. https://docs.stripe.com/currencies#special-cases */
export function checkFineness(amountMinor: number, currency: string): number {
  const step = smallestAmount(currency);
  if (amountMinor % step === 0) return amountMinor;
  throw invalidParameter(
    `Invalid amount. Amounts in ${currency.toUpperCase()} must be evenly divisible by ${step}.`,
    "amount",
    step === 100 ? "invalid_charge_amount_no_decimal_compatible" : undefined,
  );
}

/** Checks an amount in minor units against Stripe's limits for a transfer, which has no least but one. */
export function checkTransferAmount(amountMinor: number): number {
  if (amountMinor <= maximumAmount) return amountMinor;
  throw invalidParameter("Amount must be no more than 999,999.99", "amount", "amount_too_large");
}

export function requiredAmount(form: Form, currency: string): number {
  return checkChargeAmount(optionalInteger(form, "amount", 1) ?? missing("amount"), currency);
}

/** Merges the request's metadata into what is there: an empty value removes its key, an empty group all of them. */
export function mergedMetadata(
  present: Readonly<Record<string, string>>,
  form: Form,
): Record<string, string> {
  const given = form["metadata"];
  const merged = Object.assign(emptyForm(), present) as Record<string, string>;
  if (given === undefined) return merged;
  if (given === "") return emptyForm() as Record<string, string>;
  if (typeof given === "string") throw invalidParameter("Invalid object", "metadata");
  for (const [key, value] of Object.entries(given)) {
    const param = `metadata[${key}]`;
    if (typeof value !== "string") throw invalidParameter("Metadata values must be strings.", param);
    if (key.length > 40) throw invalidParameter("Metadata keys can be up to 40 characters long.", param);
    if (value.length > 500) {
      const message = `Metadata values can have up to 500 characters, but you passed in a value that is ${value.length} characters. Invalid value: ${value}`;
      throw invalidParameter(message, param);
    }
    if (value === "") delete merged[key];
    else merged[key] = value;
  }
  if (Object.keys(merged).length > 50) throw invalidParameter("Metadata can have up to 50 keys.", "metadata");
  return merged;
}
