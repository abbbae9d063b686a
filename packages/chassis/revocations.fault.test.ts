import { newId } from "@holdfast/contracts/ids";
import { type RedisHandle, startRedis } from "@holdfast/testkit/servers/redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogger } from "./log.ts";
import { connectRedis, type RedisClient } from "./redis.ts";
import { mostRevocations, writeRevocations } from "./revocation-list.ts";
import { watchRevocations } from "./revocations.ts";

const within = { timeout: 5_000, interval: 50 };
const log = createLogger("test", "silent");
let server: RedisHandle;
let redis: RedisClient;
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  server = opened.use(await startRedis());
  redis = opened.use(connectRedis({ url: server.url, log }));
});
afterAll(() => opened.disposeAsync());

const up = (isUp = true) => expect.poll(() => redis.up, { timeout: 10_000 }).toBe(isUp);
const callerIn = (sessionId: string) =>
  ({ userId: newId("usr"), roles: [], issuedAtMs: Date.now(), sessionId }) as const;
const entry = (id: string) => ({ kind: "session", id, at: Date.now() }) as const;

test("what is known stays known while Redis is away, and what was revoked meanwhile is known when it is back", async () => {
  await up();
  await using revocations = watchRevocations({ redis, log });
  const [before, meanwhile, after] = [newId("ses"), newId("ses"), newId("ses")];
  await writeRevocations(redis, [entry(before)]);
  await expect.poll(() => revocations.isRevoked(callerIn(before)), within).toBe(true);

  await server.stop();
  await up(false);
  await writeRevocations(redis, [entry(meanwhile)]);
  expect(revocations.isRevoked(callerIn(before))).toBe(true);
  expect(revocations.isRevoked(callerIn(meanwhile))).toBe(false);

  await server.start();
  await up();
  await writeRevocations(redis, [entry(meanwhile), entry(after)]);
  await expect.poll(() => revocations.isRevoked(callerIn(meanwhile)), within).toBe(true);
  expect(revocations.isRevoked(callerIn(after))).toBe(true);
});

test("a Redis that lost everything is told again, and a process that was there has it from the next list", async () => {
  await up();
  await using revocations = watchRevocations({ redis, log });
  await redis.commands.flushall();
  const [first, second] = [newId("ses"), newId("ses")];
  await writeRevocations(redis, [entry(first)]);
  await expect.poll(() => revocations.isRevoked(callerIn(first)), within).toBe(true);
  await redis.commands.flushall();
  await writeRevocations(redis, [entry(second)]);
  await expect.poll(() => revocations.isRevoked(callerIn(second)), within).toBe(true);
  expect(revocations.isRevoked(callerIn(first))).toBe(true);
});

test("more than is remembered drops the oldest and keeps the latest, and nonsense in the list harms nobody", async () => {
  await up();
  await redis.commands.flushall();
  const now = Date.now();
  const many = Array.from({ length: mostRevocations + 50 }, (_, index) => ({
    kind: "session" as const,
    id: `ses_${index}`,
    at: now - mostRevocations - 50 + index,
  }));
  await redis.commands.zadd(
    "revocations",
    now,
    "nonsense",
    now,
    JSON.stringify({ kind: "all", id: "*", at: now }),
  );
  await writeRevocations(redis, many);
  await using revocations = watchRevocations({ redis, log });
  const latest = many.at(-1)!.id;
  await expect.poll(() => revocations.isRevoked(callerIn(latest)), within).toBe(true);
  expect(revocations.isRevoked(callerIn("ses_0"))).toBe(false);
  expect(revocations.isRevoked(callerIn(`ses_${many.length - mostRevocations + 10}`))).toBe(true);
});
