import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "./log.ts";
import { every } from "./sweep.ts";

const log = createLogger("test", "silent");
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a sweep never overlaps itself", async () => {
  let inWork = 0;
  let most = 0;
  let runs = 0;
  const sweep = every({
    name: "test",
    intervalMs: 10,
    log,
    work: async () => {
      inWork += 1;
      most = Math.max(most, inWork);
      await new Promise((resolve) => setTimeout(resolve, 25));
      inWork -= 1;
      runs += 1;
    },
  });
  const asked = [sweep.runNow(), sweep.runNow()];
  await vi.advanceTimersByTimeAsync(500);
  await Promise.all(asked);
  const stopped = sweep[Symbol.asyncDispose]();
  await vi.advanceTimersByTimeAsync(50);
  await stopped;
  expect(most).toBe(1);
  expect(runs).toBeGreaterThan(4);
});

test("a sweep that fails runs again, and tells the one who asked", async () => {
  let runs = 0;
  const sweep = every({
    name: "test",
    intervalMs: 10,
    log,
    work: async () => {
      runs += 1;
      throw new Error("broken");
    },
  });
  await expect(sweep.runNow()).rejects.toThrow("broken");
  await vi.advanceTimersByTimeAsync(100);
  expect(runs).toBeGreaterThan(3);
  await sweep[Symbol.asyncDispose]();
});

test("a sweep that says there is more runs again at once", async () => {
  let left = 5;
  const sweep = every({
    name: "test",
    intervalMs: 60_000,
    log,
    work: async () => {
      left -= 1;
      return left > 0;
    },
  });
  await sweep.runNow();
  expect(left).toBe(0);
  await sweep[Symbol.asyncDispose]();
});

test("a sweep without the lease does not work, and ends when it is told to", async () => {
  let runs = 0;
  const work = async () => void (runs += 1);
  const sweep = every({ name: "test", intervalMs: 10, log, work, lease: async () => false });
  await vi.advanceTimersByTimeAsync(200);
  await sweep[Symbol.asyncDispose]();
  expect(runs).toBe(0);
});
