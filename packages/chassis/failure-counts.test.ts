import { expect, test } from "vitest";
import { FailureCounts } from "./failure-counts.ts";

test("counts each thing for itself, until it is forgotten", () => {
  const counts = new FailureCounts(10);
  expect([counts.add("a"), counts.add("b"), counts.add("a")]).toEqual([1, 1, 2]);
  counts.forget("a");
  expect([counts.add("a"), counts.add("b")]).toEqual([1, 2]);
});

test("holds no more than its bound, and forgets what has not failed for the longest time", () => {
  const counts = new FailureCounts(2);
  for (const id of ["a", "b", "a", "c"]) counts.add(id);
  expect([counts.add("a"), counts.add("b")]).toEqual([3, 1]);
});
