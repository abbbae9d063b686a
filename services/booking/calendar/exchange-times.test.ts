import fc from "fast-check";
import { expect, test } from "vitest";
import type { TakenTime } from "./check-time.ts";
import { cutToFit, takenBeside } from "./exchange-times.ts";
import { dealAnew, type Allocation, type WantedTime } from "./free-units.ts";

const times = fc.array(
  fc
    .record({
      from: fc.integer({ min: 0, max: 12 }),
      length: fc.integer({ min: 1, max: 6 }),
      quantity: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ from, length, quantity }): WantedTime => ({ from, to: from + length, quantity })),
  { maxLength: 4 },
);

const moments = Array.from({ length: 20 }, (_, at) => at);
const covers = (one: TakenTime, at: number) => one.from <= at && at < one.to;
/** How many units are wanted, or taken, at each moment. */
const profile = (all: readonly (TakenTime & { readonly quantity?: number })[]) =>
  moments.map((at) => all.reduce((sum, one) => sum + (covers(one, at) ? (one.quantity ?? 1) : 0), 0));

/** The times on units, none of them twice at a moment. */
const onUnits = (wanted: readonly WantedTime[]): Allocation[] => {
  const { units } = dealAnew([], wanted);
  return wanted.flatMap(({ from, to }, index) => units[index]!.map((unit) => ({ from, to, unit })));
};

test("what is taken beside is, at each moment, what more is wanted than there is: enough for both, and no more", () => {
  fc.assert(
    fc.property(times, times, (has, wants) => {
      const beside = takenBeside(has, wants);
      const [had, wanted] = [profile(has), profile(wants)];
      expect(profile(beside)).toEqual(moments.map((at) => Math.max(0, wanted[at]! - had[at]!)));
      expect(beside.every((one) => one.from < one.to && one.quantity > 0)).toBe(true);
    }),
  );
});

test.each([
  ["made, it has what it wanted", (_has: WantedTime[], wants: WantedTime[]) => wants],
  ["dropped, it has what it had", (has: WantedTime[]) => has],
])("once a move is %s, at each moment, on units that it held", (_, inTheEnd) => {
  fc.assert(
    fc.property(times, times, (has, wants) => {
      const held = onUnits([...has, ...takenBeside(has, wants)]);
      const target = inTheEnd(has, wants);
      const kept = cutToFit(held, target);
      expect(profile(kept)).toEqual(profile(target));
      for (const at of moments) {
        const units = kept.filter((one) => covers(one, at)).map((one) => one.unit);
        expect(new Set(units).size).toBe(units.length);
        const heldUnits = held.filter((one) => covers(one, at)).map((one) => one.unit);
        expect(units.every((unit) => heldUnits.includes(unit))).toBe(true);
      }
    }),
  );
});

test("a time that moves by half its length keeps its unit, in one piece", () => {
  const has = [{ from: 0, to: 4, quantity: 1 }];
  const wants = [{ from: 2, to: 6, quantity: 1 }];
  const beside = takenBeside(has, wants);
  expect(beside).toEqual([{ from: 4, to: 6, quantity: 1 }]);
  const held = [
    { from: 0, to: 4, unit: 3 },
    { from: 4, to: 6, unit: 3 },
  ];
  expect(cutToFit(held, wants)).toEqual([{ from: 2, to: 6, unit: 3 }]);
});
