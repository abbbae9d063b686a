/** Currencies as ISO 4217 has them, and how finely they are charged. */
import iso4217 from "currency-codes";

/** Those that people pay with: the list also has gold, drawing rights and units of account, which are no one's to pay. */
const named = new Set(Intl.supportedValuesOf("currency"));
const units = new Set(["XDR", "XSU"]);

/** Digits after the decimal point. Not those of `Intl`, which leaves out what people seldom write: HUF and IDR have two. */
const exponents: ReadonlyMap<string, number> = new Map(
  iso4217.data
    .filter(({ code }) => named.has(code) && !units.has(code))
    .map(({ code, digits }) => [code, digits]),
);

/** Charged in whole ariary alone, although ISO 4217 counts hundredths of them. */
const chargedWhole: ReadonlySet<string> = new Set(["MGA"]);

/** Every code there is. */
export function isCurrency(code: string): boolean {
  return exponents.has(code);
}

/** Digits after the decimal point of a currency: 2 for EUR, 0 for JPY, 3 for KWD. */
export function currencyExponent(code: string): number {
  return exponents.get(code) ?? 2;
}

/**
 * The smallest amount that is charged or given back, in minor units; every such amount is a multiple of it. One, but for
 * currencies of thousandths, of which the card networks take no less than ten, and for those charged whole.
 */
export function smallestCharge(code: string): number {
  if (chargedWhole.has(code)) return 10 ** currencyExponent(code);
  return currencyExponent(code) === 3 ? 10 : 1;
}
