import { expect, test } from "vitest";
import { backgroundWaitMs, createCallLanes } from "./call-lanes.ts";

const options = { authorising: 2, background: 1, quietMs: 5, yieldMs: 20, waitingMax: 3 };

/** A job that ends when it is told to. */
function job(name: string, begun: string[]) {
  const end = Promise.withResolvers<void>();
  const start = () => {
    begun.push(name);
    return end.promise;
  };
  return { start, end: end.resolve };
}

test("a background call waits for a quiet moment, and no longer than its bound", () => {
  const wait = (traffic: Partial<Parameters<typeof backgroundWaitMs>[0]>) =>
    backgroundWaitMs({ authorising: 0, quietForMs: 0, running: 0, waitedMs: 0, ...traffic }, options);
  expect([wait({ authorising: 1 }), wait({ quietForMs: 2 }), wait({ quietForMs: 5 })]).toEqual([5, 3, 0]);
  expect([wait({ authorising: 1, waitedMs: 18 }), wait({ authorising: 1, waitedMs: 20 })]).toEqual([2, 0]);
  expect(wait({ quietForMs: 1_000, running: 1, waitedMs: 1_000 })).toBeNull();
});

test("a background call begins although an authorisation never ends", async () => {
  const begun: string[] = [];
  const lanes = createCallLanes(options);
  const stuck = job("authorise", begun);
  const background = Promise.withResolvers<void>();
  lanes.enter("authorise", stuck.start);
  lanes.enter("background", async () => background.resolve());
  await background.promise;
  expect(begun).toEqual(["authorise"]);
  stuck.end();
  await lanes.drain();
});

test("no more calls are in flight or waiting than the bounds say", async () => {
  const begun: string[] = [];
  const lanes = createCallLanes(options);
  const jobs = Array.from({ length: 6 }, (_, index) => job(`${index}`, begun));
  expect(jobs.map(({ start }) => lanes.enter("authorise", start))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
  expect(begun).toEqual(["0", "1"]);
  expect(lanes.room()).toBe(0);
  for (const { end } of jobs) end();
  await lanes.drain();
});

test("draining waits for what is in flight and begins nothing more", async () => {
  const begun: string[] = [];
  const lanes = createCallLanes(options);
  const [first, second, third] = [job("1", begun), job("2", begun), job("3", begun)];
  for (const { start } of [first, second, third]) lanes.enter("authorise", start);
  const drained = lanes.drain();
  first.end();
  second.end();
  await drained;
  expect(begun).toEqual(["1", "2"]);
  expect(lanes.enter("authorise", third.start)).toBe(false);
});
