import { startRedis, type RedisHandle } from "@holdfast/testkit/servers/redis";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Clock, createClock } from "./clock.ts";
import { createLogger } from "./log.ts";
import { connectRedis } from "./redis.ts";
import { shareTestClock } from "./shared-test-clock.ts";

const log = createLogger("test", "silent");
let server: RedisHandle;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => server[Symbol.asyncDispose]());

beforeEach(async () => {
  await using redis = connectRedis({ url: server.url, log });
  await until("Redis to be empty", () =>
    redis.ifUp(async (commands) => (await commands.flushall()) === "OK", false),
  );
});

/** A process with a test clock of its own. */
async function startProcess() {
  const stack = new AsyncDisposableStack();
  const clock = createClock({ test: true });
  const redis = stack.use(connectRedis({ url: server.url, log }));
  stack.use(await shareTestClock({ clock, redis, log }));
  return { clock, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const moveBy = (clock: Clock, hours: number) => clock.moveTo(clock.now().add({ hours }));

test("a process that starts takes up the time to which the others were moved, also when they are gone", async () => {
  let aheadMs: number;
  {
    await using first = await startProcess();
    expect(first.clock.aheadMs).toBe(0);
    moveBy(first.clock, 2);
    ({ aheadMs } = first.clock);
    await using second = await startProcess();
    await expect.poll(() => second.clock.aheadMs, { timeout: 5_000 }).toBe(aheadMs);
  }
  await using third = await startProcess();
  expect(third.clock.aheadMs).toBe(aheadMs);
});

test("a process is not set back by one that was moved less far", async () => {
  await using far = await startProcess();
  await using near = await startProcess();
  moveBy(far.clock, 5);
  const { aheadMs } = far.clock;
  moveBy(near.clock, 1);
  await expect.poll(() => near.clock.aheadMs, { timeout: 5_000 }).toBe(aheadMs);
  expect(far.clock.aheadMs).toBe(aheadMs);
});

test("a process that starts while Redis is down starts all the same, and catches up with the others later", async () => {
  await using moved = await startProcess();
  moveBy(moved.clock, 3);
  await server.stop();
  await using late = await startProcess();
  expect(late.clock.aheadMs).toBe(0);
  await server.start();
  await expect.poll(() => late.clock.aheadMs, { timeout: 15_000 }).toBe(moved.clock.aheadMs);
});
