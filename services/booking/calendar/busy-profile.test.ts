import fc from "fast-check";
import { expect, test } from "vitest";
import { countFree } from "./free-units.ts";
import { mostTaken, partOf, profileOf } from "./busy-profile.ts";

const stretch = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
  .map(([from, length]) => ({ from, to: from + length }));

test("counts what the check of a booking counts, for whatever is taken and whatever is asked", () => {
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 40 }), stretch, (taken, asked) => {
      expect(10 - mostTaken(profileOf(taken), asked)).toBe(countFree(taken, 10, asked));
    }),
    { numRuns: 2000 },
  );
});

test("a part of a profile counts what the whole does, for whatever lies within it", () => {
  const parts = fc.tuple(stretch, fc.nat({ max: 19 }), fc.nat({ max: 19 })).map(([part, skipped, left]) => {
    const from = Math.min(part.from + skipped, part.to - 1);
    return { part, asked: { from, to: Math.max(from + 1, part.to - left) } };
  });
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 40 }), parts, (taken, { part, asked }) => {
      const whole = profileOf(taken);
      expect(mostTaken(partOf(whole, part), asked)).toBe(mostTaken(whole, asked));
    }),
    { numRuns: 2000 },
  );
});
