import fc from "fast-check";
import { expect, test } from "vitest";
import { smallestCharge } from "@holdfast/contracts/currencies";
import { fromStripe, moneyOf, toStripe } from "./stripe-amounts.ts";

test.each([
  [12_550, "EUR", 12_550],
  [6_000, "JPY", 6_000],
  [5_120, "KWD", 5_120],
  [12_500, "HUF", 12_500],
  // Five krónur are 500 at Stripe, and five ariary (500 by ISO 4217) are 5.
  [5, "ISK", 500],
  [5, "UGX", 500],
  [500, "MGA", 5],
])("%i minor units of %s are %i at Stripe, and back", (amountMinor, currency, amount) => {
  expect(toStripe(amountMinor, currency)).toBe(amount);
  expect(moneyOf(amount, currency.toLowerCase())).toEqual({ amountMinor, currency });
});

test("whatever can be charged is the same when it comes back", () => {
  const currencies = fc.constantFrom("EUR", "JPY", "KWD", "ISK", "UGX", "MGA");
  fc.assert(
    fc.property(fc.nat(1_000_000_000), currencies, (count, currency) => {
      const amountMinor = count * smallestCharge(currency);
      expect(fromStripe(toStripe(amountMinor, currency), currency)).toBe(amountMinor);
    }),
  );
});
