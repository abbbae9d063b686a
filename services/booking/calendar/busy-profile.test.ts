import fc from "fast-check";
import { expect, test } from "vitest";
import { countFree } from "./free-units.ts";
import { mostTaken, profileOf } from "./busy-profile.ts";

test("counts what the check of a booking counts, for whatever is taken and whatever is asked", () => {
  const stretch = fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
    .map(([from, length]) => ({ from, to: from + length }));
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 40 }), stretch, (taken, asked) => {
      expect(10 - mostTaken(profileOf(taken), asked)).toBe(countFree(taken, 10, asked));
    }),
    { numRuns: 5000 },
  );
});
