import { describe, expect, test } from "vitest";
import { backoffMs, createBackoff, pause } from "./backoff.ts";

const limits = { baseMs: 100, maxMs: 30_000 };

describe("backoff", () => {
  test("doubles with each failure up to its bound", () => {
    expect([1, 2, 3, 8, 9, 10, 1_000].map((failures) => backoffMs(failures, limits, 1))).toEqual([
      100, 200, 400, 12_800, 25_600, 30_000, 30_000,
    ]);
  });

  test("takes away up to half, so that many do not come back together", () => {
    expect(backoffMs(3, limits, 0)).toBe(200);
    expect(backoffMs(3, limits, 0.5)).toBe(300);
  });

  test("is short again after a success", () => {
    const backoff = createBackoff({ baseMs: 10, maxMs: 1_000 });
    const first = backoff.nextMs();
    for (let failures = 0; failures < 5; failures += 1) backoff.nextMs();
    expect(backoff.nextMs()).toBeGreaterThan(100);
    backoff.reset();
    expect(first).toBeLessThanOrEqual(10);
    expect(backoff.nextMs()).toBeLessThanOrEqual(10);
  });

  test("a pause ends as soon as it is called off", async () => {
    const stop = new AbortController();
    const startedAt = performance.now();
    const paused = pause(60_000, stop.signal);
    stop.abort();
    await paused;
    await pause(60_000, stop.signal);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});
