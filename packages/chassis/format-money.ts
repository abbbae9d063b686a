/** Amounts as people read them. */
import { currencyExponent } from "@holdfast/contracts/currencies";
import type { Money } from "@holdfast/contracts/values";

const locale = "en-GB";
/** One a currency; there are some 300 of them, and no more are kept than that. */
const formats = new Map<string, Intl.NumberFormat>();
const formatsMax = 400;

function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency);
  if (known) return known;
  if (formats.size >= formatsMax) formats.clear();
  const exponent = currencyExponent(currency);
  const digits = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  const made = new Intl.NumberFormat(locale, { style: "currency", currency, ...digits });
  formats.set(currency, made);
  return made;
}

/** `€125.00`, `JP¥6,000`, `KWD 1.234`, `-€5.00`: exact for every amount, since no float is made of it. */
export function formatMoney({ amountMinor, currency }: Money): string {
  const exponent = currencyExponent(currency);
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const decimal = exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
  const signed = amountMinor < 0 ? `-${decimal}` : decimal;
  return formatOf(currency).format(signed as Intl.StringNumericLiteral);
}
