import fc from "fast-check";
import { expect, test } from "vitest";
import { instantText } from "./instant-text.ts";

test("an instant is written as Temporal writes it, on the minute or not", () => {
  const [from, to] = [Date.parse("2000-01-01T00:00:00Z"), Date.parse("2199-12-31T23:59:59Z")];
  const onTheMinute = fc
    .integer({ min: from / 60_000, max: Math.floor(to / 60_000) })
    .map((minute) => minute * 60_000);
  fc.assert(
    fc.property(fc.oneof(onTheMinute, fc.integer({ min: from, max: to })), (at) => {
      const written = Temporal.Instant.from(instantText(at));
      expect(written.epochMilliseconds).toBe(at);
      expect(instantText(at).replace(/\.\d+Z$/, "Z")).toBe(
        written.round({ smallestUnit: "second", roundingMode: "floor" }).toString(),
      );
    }),
    { numRuns: 3000 },
  );
});
