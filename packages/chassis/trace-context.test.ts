import { expect, test } from "vitest";
import { randomHex } from "./random-hex.ts";
import { continueTraceparent, isTraceparent, newTraceparent, spanIdOf, traceIdOf } from "./trace-context.ts";

const valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("continues a caller's trace", () => {
  expect(continueTraceparent(valid)).toBe(valid);
  expect(traceIdOf(valid)).toBe("0af7651916cd43dd8448eb211c80319c");
  expect(spanIdOf(valid)).toBe("b7ad6b7169203331");
});

test("understands the first fields of a later version, and passes them on as version 00", () => {
  expect(continueTraceparent(`01${valid.slice(2)}-more`)).toBe(valid);
});

test.each([
  ["an unknown version", `ff${valid.slice(2)}`],
  ["a trace id of zeros", `00-${"0".repeat(32)}-b7ad6b7169203331-01`],
  ["a span id of zeros", `00-0af7651916cd43dd8448eb211c80319c-${"0".repeat(16)}-01`],
  ["capitals", valid.toUpperCase()],
  ["too few characters", valid.slice(0, 54)],
  ["characters glued to the end", `${valid}1`],
  ["a header without end", `01${valid.slice(2)}-${"a".repeat(10_000)}`],
])("starts a new trace in place of %s", (_, header) => {
  const continued = continueTraceparent(header);
  expect(isTraceparent(continued)).toBe(true);
  expect(traceIdOf(continued)).not.toBe(traceIdOf(header));
});

test("each new trace, and each random id, is another one", () => {
  const traces = new Set(Array.from({ length: 1_000 }, newTraceparent));
  expect(traces.size).toBe(1_000);
  const ids = new Set(Array.from({ length: 1_000 }, () => randomHex(16)));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
