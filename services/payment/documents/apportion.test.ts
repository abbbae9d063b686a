import fc from "fast-check";
import { expect, test } from "vitest";
import { apportion } from "./apportion.ts";

const weights = fc.array(fc.nat({ max: 2 ** 48 }), { minLength: 1, maxLength: 8 });
const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

test.for([
  ["the units left go to the largest remainders", 100, [1, 1, 1], [34, 33, 33]],
  ["exact shares are left alone", 50, [100, 20, 80], [25, 5, 20]],
  ["of equal remainders the earlier one gets the unit", 1, [5, 5], [1, 0]],
  ["nothing gets nothing", 7, [0, 3, 0], [0, 7, 0]],
  ["an amount beyond the weights is divided alike", 300, [1, 2], [100, 200]],
  ["all weights of nothing leave it to the first", 9, [0, 0], [9, 0]],
] as const)("%s", ([, amount, given, shares]) => {
  expect(apportion(amount, given)).toEqual(shares);
});

test("shares add up to the amount, each within a unit of its exact share, whatever the weights", () => {
  fc.assert(
    fc.property(weights, fc.nat({ max: 1_000_000_000 }), (given, amount) => {
      const shares = apportion(amount, given);
      expect(sumOf(shares)).toBe(amount);
      const sum = sumOf(given);
      if (sum === 0) return;
      for (const [index, share] of shares.entries()) {
        const exact = (amount * given[index]!) / sum;
        expect(Math.abs(share - exact)).toBeLessThan(1 + exact * 1e-12);
      }
    }),
  );
});

test("shares of a part never exceed their weights, and of the whole they are the weights", () => {
  const asked = weights.chain((given) => fc.tuple(fc.constant(given), fc.nat({ max: sumOf(given) })));
  fc.assert(
    fc.property(asked, ([given, amount]) => {
      for (const [index, share] of apportion(amount, given).entries()) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(sumOf(given) === 0 ? amount : given[index]!);
      }
      expect(apportion(sumOf(given), given)).toEqual(given);
    }),
  );
});
