import { describe, expect, test } from "vitest";
import { currencyExponent, isCurrency, smallestCharge } from "./currencies.ts";

describe("a currency has the digits that ISO 4217 gives it", () => {
  test.each([
    ["EUR", 2],
    ["JPY", 0],
    ["KWD", 3],
    ["ISK", 0],
    ["UGX", 0],
    ["CLP", 0],
    // People write these without decimals, and ICU therefore has none; they are counted in hundredths all the same.
    ["HUF", 2],
    ["COP", 2],
    ["IDR", 2],
    ["PKR", 2],
    ["ALL", 2],
    ["LBP", 2],
    ["MGA", 2],
    ["IQD", 3],
  ])("%s: %i", (code, digits) => {
    expect(isCurrency(code)).toBe(true);
    expect(currencyExponent(code)).toBe(digits);
  });
});

test.each(["XXX", "XAU", "XDR", "XTS", "XSU", "eur", "EURO", "ZZZ", ""])(
  "%s is nothing to pay with",
  (code) => {
    expect(isCurrency(code)).toBe(false);
  },
);

test.each([
  ["EUR", 1],
  ["JPY", 1],
  ["ISK", 1],
  ["HUF", 1],
  ["KWD", 10],
  ["TND", 10],
  ["MGA", 100],
])("%s is charged by %i minor units", (code, minor) => {
  expect(smallestCharge(code)).toBe(minor);
});
