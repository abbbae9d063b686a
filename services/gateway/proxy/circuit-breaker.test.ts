import { expect, test } from "vitest";
import { createCircuitBreaker } from "./circuit-breaker.ts";

const options = { failures: 3, openMs: 1_000, longestOpenMs: 3_000 };

function opened() {
  const breaker = createCircuitBreaker(options);
  for (let i = 0; i < options.failures; i += 1) breaker.failed(0);
  return breaker;
}

test("opens after failures in a row, not before and not by failures among successes", () => {
  const breaker = createCircuitBreaker(options);
  breaker.failed(0);
  breaker.failed(0);
  breaker.succeeded();
  breaker.failed(0);
  breaker.failed(0);
  expect(breaker.allows(0)).toBe(true);
  breaker.failed(0);
  expect(breaker.allows(0)).toBe(false);
});

test("lets one call probe after its time, and closes when it is answered", () => {
  const breaker = opened();
  expect(breaker.allows(999)).toBe(false);
  expect(breaker.allows(1_000)).toBe(true);
  expect(breaker.allows(1_000)).toBe(false);
  breaker.succeeded();
  expect(breaker.state).toBe("closed");
  expect(breaker.allows(1_000)).toBe(true);
});

test("stays open twice as long after each failed probe, up to a bound", () => {
  const breaker = opened();
  expect(breaker.allows(1_000)).toBe(true);
  breaker.failed(1_000);
  expect(breaker.allows(2_999)).toBe(false);
  expect(breaker.allows(3_000)).toBe(true);
  breaker.failed(3_000);
  expect(breaker.allows(5_999)).toBe(false);
  expect(breaker.allows(6_000)).toBe(true);
  breaker.succeeded();
  for (let i = 0; i < options.failures; i += 1) breaker.failed(6_000);
  expect(breaker.allows(7_000)).toBe(true);
});

test("lets another call probe when the client of the first has left", () => {
  const breaker = opened();
  expect(breaker.allows(1_000)).toBe(true);
  breaker.abandoned();
  expect(breaker.allows(1_001)).toBe(true);
});

test("a late failure of a call from before does not prolong it", () => {
  const breaker = opened();
  breaker.failed(900);
  expect(breaker.allows(1_000)).toBe(true);
});
