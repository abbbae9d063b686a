import { expect, test } from "vitest";
import { formatMoney } from "./format-money.ts";

test.for([
  [12_500, "EUR", "€125.00"],
  [5, "EUR", "€0.05"],
  [0, "EUR", "€0.00"],
  [6_000, "JPY", "JP¥6,000"],
  [1_234, "KWD", "KWD 1.234"],
  [1_234_567, "USD", "US$12,345.67"],
  [-12_500, "EUR", "-€125.00"],
  [-5, "KWD", "-KWD 0.005"],
] as const)("shows %i minor units of %s as %s", ([amountMinor, currency, shown]) => {
  expect(formatMoney({ amountMinor, currency }).replaceAll("\u00a0", " ")).toBe(shown);
});

test("loses no digit of the largest amount", () => {
  expect(formatMoney({ amountMinor: Number.MAX_SAFE_INTEGER, currency: "EUR" })).toBe(
    "€90,071,992,547,409.91",
  );
});
