import { expect, test } from "vitest";
import { instantFromWire, integerFromWire, wireTypes } from "./wire-types.ts";

test("an instant reads as Temporal writes it", () => {
  for (const [wire, instant] of [
    ["2026-12-01 15:00:00+00", "2026-12-01T15:00:00Z"],
    ["2026-12-01 15:00:00.12+00", "2026-12-01T15:00:00.12Z"],
    ["2026-12-01 15:00:00.123456+00", "2026-12-01T15:00:00.123456Z"],
  ] as const) {
    expect(instantFromWire(wire)).toBe(instant);
    expect(Temporal.Instant.from(instant).toString()).toBe(instant);
  }
  expect(instantFromWire("infinity")).toBe("infinity");
});

test("a bigint that a number cannot hold is refused, not rounded", () => {
  expect(integerFromWire("9007199254740991")).toBe(9_007_199_254_740_991);
  expect(() => integerFromWire("9007199254740993")).toThrow("does not fit");
});

test("arrays are read item by item", () => {
  const instants = wireTypes.getTypeParser(1185 as number, "text") as (text: string) => unknown;
  expect(instants('{"2026-12-01 15:00:00+00",NULL}')).toEqual(["2026-12-01T15:00:00Z", null]);
  const integers = wireTypes.getTypeParser(1016 as number, "text") as (text: string) => unknown;
  expect(integers("{1,NULL,3}")).toEqual([1, null, 3]);
});
