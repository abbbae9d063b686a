/**
 * Amounts as Stripe counts them. It counts in minor units too, but for a few currencies not in those of ISO 4217: some
 * without decimals have hundredths there that must be zero, and one with decimals has none.
 * https://docs.stripe.com/currencies#special-cases
 */
import type { Money } from "@holdfast/contracts/values";

/** How many of Stripe's units one minor unit is. */
const unitsOfMinor: Readonly<Record<string, number>> = { ISK: 100, UGX: 100, MGA: 1 / 100 };

/** What to ask Stripe for, in its units; a whole number of them for every amount that can be charged. */
export function toStripe(amountMinor: number, currency: string): number {
  return Math.round(amountMinor * (unitsOfMinor[currency] ?? 1));
}

/** What an amount of Stripe's is in minor units. */
export function fromStripe(amount: number, currency: string): number {
  return Math.round(amount / (unitsOfMinor[currency.toUpperCase()] ?? 1));
}

/** An amount of Stripe's as money. */
export function moneyOf(amount: number, currency: string): Money {
  return { amountMinor: fromStripe(amount, currency), currency: currency.toUpperCase() };
}
