import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createLogger } from "@holdfast/chassis/log";
import { createRateLimiter, type RateLimiter } from "@holdfast/chassis/rate-limit";
import { connectRedis, type RedisClient } from "@holdfast/chassis/redis";
import { startRedis } from "@holdfast/testkit/servers/redis";
import { startTokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { newId } from "@holdfast/contracts/ids";
import type { LimitClass } from "../routes.ts";
import { startUpstream } from "../testing/recording-upstream.ts";
import { routeOf, startDoor } from "../testing/start-door.ts";

const rules = {
  ordinary: { limit: 3, windowSeconds: 60 },
  sensitive: { limit: 2, windowSeconds: 60 },
  webhook: { limit: 100, windowSeconds: 60 },
  costly: { limit: 100, windowSeconds: 60 },
  stream: { limit: 100, windowSeconds: 60 },
};

const log = createLogger("gateway", "silent");
let server: Awaited<ReturnType<typeof startRedis>>;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function connect(
  stack: AsyncDisposableStack,
): Promise<{ redis: RedisClient; limiter: RateLimiter<LimitClass> }> {
  const redis = stack.use(connectRedis({ url: server.url, log }));
  await vi.waitFor(() => expect(redis.up).toBe(true), { timeout: 5_000, interval: 10 });
  return { redis, limiter: createRateLimiter({ redis, log, rules }) };
}

async function open() {
  const stack = new AsyncDisposableStack();
  const { redis, limiter } = await connect(stack);
  await redis.commands.flushdb();
  const auth = stack.use(await startTokenSigner());
  const upstream = stack.use(await startUpstream());
  const routes = [
    routeOf({ path: "/v1/me", access: "profile:read:own" }),
    routeOf({ method: "POST", path: "/v1/sessions", limit: "sensitive" }),
    routeOf({ method: "POST", path: "/v1/users", limit: "sensitive" }),
    routeOf({ method: "POST", path: "/v1/webhooks/stripe", limit: "webhook" }),
  ];
  const settings = { upstreamUrl: upstream.url, routes, auth };
  const door = stack.use(await startDoor({ ...settings, limiter }));
  /** Another replica, with a connection and memory of its own. */
  const openReplica = async () =>
    stack.use(await startDoor({ ...settings, limiter: (await connect(stack)).limiter }));
  return { auth, upstream, door, redis, openReplica, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function statuses(times: number, call: () => Promise<Response>): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < times; i += 1) seen.push((await call()).status);
  return seen;
}

test("tells an account what is left, and refuses with Retry-After what is too much, before any service sees it", async () => {
  await using at = await open();
  const headers = at.auth.authorization({ roles: ["customer"], userId: newId("usr") });
  const me = () => fetch(`${at.door.url}/v1/me`, { headers });
  const first = await me();
  expect(first.headers.get("ratelimit-policy")).toBe(`"ordinary";q=600;w=30`);
  expect(first.headers.get("ratelimit")).toMatch(/^"ordinary";r=2;t=(20|19)$/);
  expect(await statuses(2, me)).toEqual([200, 200]);
  const refused = await me();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("ratelimit")).toMatch(/^"ordinary";r=0;t=\d+$/);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: "limit/too-many-requests" });
  expect(at.upstream.received).toHaveLength(3);
});

test("one account's limit is not another's", async () => {
  await using at = await open();
  const call = () => {
    const headers = at.auth.authorization({ roles: ["customer"], userId: newId("usr") });
    return fetch(`${at.door.url}/v1/me`, { headers });
  };
  expect(await statuses(5, call)).toEqual([200, 200, 200, 200, 200]);
});

test("an account's limit counts at every replica together", async () => {
  await using at = await open();
  const replica = await at.openReplica();
  const headers = at.auth.authorization({ roles: ["customer"], userId: newId("usr") });
  expect(await statuses(2, () => fetch(`${at.door.url}/v1/me`, { headers }))).toEqual([200, 200]);
  expect(await statuses(2, () => fetch(`${replica.url}/v1/me`, { headers }))).toEqual([200, 429]);
});

test("sensitive routes are limited tightly, each for itself", async () => {
  await using at = await open();
  const post = (path: string) => () => fetch(`${at.door.url}${path}`, { method: "POST", body: "{}" });
  expect(await statuses(3, post("/v1/sessions"))).toEqual([200, 200, 429]);
  expect(await statuses(3, post("/v1/users"))).toEqual([200, 200, 429]);
  expect(await statuses(10, post("/v1/webhooks/stripe"))).toEqual(Array.from({ length: 10 }, () => 200));
});

test("trying tokens is limited by address", async () => {
  await using at = await open();
  const guess = () =>
    fetch(`${at.door.url}/v1/me`, { headers: { authorization: `Bearer ${crypto.randomUUID()}` } });
  expect(await statuses(5, guess)).toEqual([401, 401, 401, 429, 429]);
});

test("with Redis gone, calls are answered and limits still hold at each replica", async () => {
  await using at = await open();
  await server.stop();
  try {
    await vi.waitFor(() => expect(at.redis.up).toBe(false), { timeout: 5_000, interval: 10 });
    const post = () => fetch(`${at.door.url}/v1/sessions`, { method: "POST", body: "{}" });
    const startedAt = performance.now();
    expect(await statuses(3, post)).toEqual([200, 200, 429]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  } finally {
    await server.start();
  }
});
