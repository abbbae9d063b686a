import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type RedisHandle } from "@holdfast/testkit/servers/redis";
import { gcra, paceOf } from "./gcra.ts";
import { tryLease } from "./lease.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { createRateLimiter, gcraScript } from "./rate-limit.ts";
import { connectRedis, type RedisClient } from "./redis.ts";

let server: RedisHandle;
const lines: string[] = [];
const log = createLogger("test", "info", { write: (line) => void lines.push(line) });
const metrics = createMetrics("test", { defaults: false });

beforeAll(async () => {
  server = await startRedis();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const untilUp = (redis: RedisClient, up: boolean) =>
  expect.poll(() => redis.up, { timeout: 10_000 }).toBe(up);

test("a limit is shared by replicas while Redis is up, and each counts on its own while it is down", async () => {
  await using one = connectRedis({ url: server.url, log });
  await using other = connectRedis({ url: server.url, log });
  await Promise.all([untilUp(one, true), untilUp(other, true)]);
  const rules = { login: { limit: 3, windowSeconds: 60 } };
  const [here, there] = [one, other].map((redis) => createRateLimiter({ redis, log, rules }));
  const allowed = async (limiter: typeof here) => (await limiter?.consume("login", "ada"))?.allowed;

  expect(await here?.consume("login", "ada")).toEqual({
    allowed: true,
    limit: 3,
    remaining: 2,
    resetSeconds: 20,
    retryAfterSeconds: 0,
  });
  expect([await allowed(there), await allowed(here), await allowed(there)]).toEqual([true, true, false]);
  expect(await here?.consume("login", "grace", 3)).toMatchObject({ allowed: true, remaining: 0 });

  await server.stop();
  await Promise.all([untilUp(one, false), untilUp(other, false)]);
  const spent = [];
  for (let count = 0; count < 4; count += 1) spent.push((await here?.consume("login", "joan"))?.allowed);
  expect(spent).toEqual([true, true, true, false]);
  expect(await there?.consume("login", "joan")).toMatchObject({ allowed: true, remaining: 2 });
  await server.start();
  await Promise.all([untilUp(one, true), untilUp(other, true)]);
  expect(await here?.consume("login", "joan")).toMatchObject({ allowed: true, remaining: 2 });
});

test("Redis reckons as this process does, to the microsecond", async () => {
  await using redis = connectRedis({ url: server.url, log });
  await untilUp(redis, true);
  const pace = paceOf({ limit: 300, windowSeconds: 1, burst: 7 });
  const seen = new Set<boolean>();
  let state: number | undefined;
  for (let count = 0; count < 60; count += 1) {
    const cost = 1 + (count % 3);
    const given = ["ada", pace.costMicros, pace.toleranceMicros, cost] as const;
    // At once: the state is gone some milliseconds later.
    const both = await redis.commands
      .multi()
      .eval(gcraScript, 1, ...given)
      .get("ada")
      .exec();
    const [answer, stored] = (both ?? []).map(([, value]) => value) as [number[], string | null];
    const [allowed, usedMicros = 0, waitMicros] = answer;
    // The state is now and what is used, so that it tells the moment at which Redis decided.
    const then = stored === null ? usedMicros + (state ?? 0) : Number(stored);
    expect(gcra(state, pace, then - usedMicros, cost)).toEqual({
      allowed: allowed === 1,
      state: then,
      usedMicros,
      waitMicros,
    });
    seen.add(allowed === 1);
    state = stored === null ? undefined : then;
  }
  expect(seen).toEqual(new Set([true, false]));
});

test("looking at a limit uses nothing of it, with Redis and without", async () => {
  await using redis = connectRedis({ url: server.url, log });
  await untilUp(redis, true);
  const limiter = createRateLimiter({ redis, log, rules: { tries: { limit: 2, windowSeconds: 60 } } });
  const lookAndTry = async (key: string) => {
    for (let count = 0; count < 3; count += 1)
      expect(await limiter.peek("tries", key)).toMatchObject({ allowed: true, retryAfterSeconds: 0 });
    await limiter.consume("tries", key);
    expect(await limiter.peek("tries", key, 2)).toMatchObject({ allowed: false, retryAfterSeconds: 30 });
    expect((await limiter.consume("tries", key)).allowed).toBe(true);
    expect((await limiter.peek("tries", key)).allowed).toBe(false);
  };
  await lookAndTry("ada");
  await server.stop();
  await untilUp(redis, false);
  await lookAndTry("joan");
  await server.start();
});

test("Redis is not asked about whoever was just refused, until the budget has a call again", async () => {
  await using redis = connectRedis({ url: server.url, log });
  await untilUp(redis, true);
  const limiter = createRateLimiter({ redis, log, rules: { slow: { limit: 2, windowSeconds: 2 } } });
  const call = async () => (await limiter.consume("slow", "ada")).allowed;
  expect([await call(), await call(), await call()]).toEqual([true, true, false]);
  await redis.commands.del("limit:slow:ada");
  for (let count = 0; count < 20; count += 1) expect(await call()).toBe(false);
  expect(await redis.commands.exists("limit:slow:ada")).toBe(0);
  await expect.poll(call, { timeout: 3_000 }).toBe(true);
});

test("a lease is one replica's while Redis is up, and everybody's while it is down", async () => {
  await using redis = connectRedis({ url: server.url, log });
  await untilUp(redis, true);
  const leases = await Promise.all([1, 2, 3].map(() => tryLease(redis, "sweep", 60_000)));
  expect(leases.filter((mine) => mine)).toHaveLength(1);
  await server.stop();
  await untilUp(redis, false);
  expect(await Promise.all([1, 2, 3].map(() => tryLease(redis, "sweep", 60_000)))).toEqual([
    true,
    true,
    true,
  ]);
  await server.start();
});

test("starts without Redis, answers with the fallback at once, and finds it when it comes", async () => {
  await server.stop();
  lines.length = 0;
  await using redis = connectRedis({ url: server.url, log, metrics });
  const startedAt = performance.now();
  for (let count = 0; count < 100; count += 1) {
    expect(await redis.ifUp((commands) => commands.get("any"), "fallback")).toBe("fallback");
  }
  expect(performance.now() - startedAt).toBeLessThan(200);
  await expect.poll(() => metrics.expose(), { timeout: 3_000 }).toContain('redis_up{service="test"} 0');
  await server.start();
  await untilUp(redis, true);
  expect(await redis.ifUp((commands) => commands.set("any", "thing"), "fallback")).toBe("OK");
  const exposed = await metrics.expose();
  expect(exposed).toContain('redis_up{service="test"} 1');
  expect(exposed).toContain('redis_fallbacks_total{service="test"} 100');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    "redis is down: caches are skipped and limits counted locally",
    "redis is back",
  ]);
});

test("a Redis that hangs costs a quarter of a second, not the request", async () => {
  await using redis = connectRedis({ url: server.url, log });
  await untilUp(redis, true);
  await redis.commands.call("CLIENT", "PAUSE", "1500", "ALL");
  const startedAt = performance.now();
  const answers = await Promise.all(
    [1, 2].map(() => redis.ifUp((commands) => commands.get("any"), "fallback")),
  );
  expect(answers).toEqual(["fallback", "fallback"]);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
