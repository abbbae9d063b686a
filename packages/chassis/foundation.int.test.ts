import { resourceRetired } from "@holdfast/contracts/events/catalog";
import { newId } from "@holdfast/contracts/ids";
import { type NatsHandle, startNats } from "@holdfast/testkit/servers/nats";
import { type RedisHandle, startRedis } from "@holdfast/testkit/servers/redis";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { createTestDatabase } from "@holdfast/testkit/vitest/test-database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { clientConfig } from "./config.ts";
import { consume } from "./consumer.ts";
import type { ChassisTables } from "./database.ts";
import { type Foundation, openFoundation } from "./foundation.ts";
import { foundationConfig } from "./foundation-config.ts";
import { defineProblem } from "./problem.ts";

const no = defineProblem("test/no", 409, "No.");
const opened = new AsyncDisposableStack();
let nats: NatsHandle;
let redis: RedisHandle;
let signer: TokenSigner;
let databaseUrl: (name: "catalog" | "booking") => string;

beforeAll(async () => {
  signer = opened.use(await startTokenSigner());
  nats = opened.use(await startNats());
  redis = opened.use(await startRedis());
  const database = opened.use(await createTestDatabase());
  databaseUrl = (name) => database.urlFor(name);
});
afterAll(() => opened.disposeAsync());

async function open(name: "catalog" | "booking"): Promise<Foundation<ChassisTables>> {
  const config = z.object({ ...foundationConfig, ...clientConfig }).parse({
    HOLDFAST_ENV: "test",
    LOG_LEVEL: "silent",
    DATABASE_URL: databaseUrl(name),
    NATS_URL: nats.url,
    NATS_USER: name,
    NATS_PASSWORD: nats.passwords[name],
    REDIS_URL: redis.url,
    AUTH_URL: signer.url,
    CLIENT_SECRET: `the-secret-of-${name}`,
    TOKEN_ISSUER: signer.issuer,
    TOKEN_AUDIENCE: signer.audience,
  });
  return opened.use(await openFoundation({ name, config, migrations: null }));
}

test("two services with only their own permissions exchange events, and an operator replays what was refused", async () => {
  const catalog = await open("catalog");
  const booking = await open("booking");
  const resourceId = newId("res");
  const heard: string[] = [];
  let refusing = true;
  booking.startConsumers([
    consume(resourceRetired, async (unit, received) => {
      if (refusing) throw no();
      unit.afterCommit(() => heard.push(...received.map((event) => event.data.resourceId)));
    }),
  ]);
  const server = await booking.serve([]);
  await catalog.transact(async (unit) => {
    const data = { resourceId, version: 2 };
    unit.announce(resourceRetired, { subject: resourceId, version: 2, data, time: catalog.clock.now() });
  });
  const operator = signer.authorization({ roles: ["admin"] });
  const url = `http://127.0.0.1:${server.port}/v1/operations/booking/dead-letters`;
  const list = async () => {
    const answer = await fetch(url, { headers: operator });
    return ((await answer.json()) as { items: { deadLetterId: string; replayedAt: string | null }[] }).items;
  };
  await expect.poll(list, { timeout: 20_000 }).toHaveLength(1);
  expect(heard).toEqual([]);

  refusing = false;
  const [letter] = await list();
  const replay = `${url}/${letter!.deadLetterId}/replay`;
  expect((await fetch(replay, { method: "POST" })).status).toBe(401);
  const customer = signer.authorization({ roles: ["customer"] });
  expect((await fetch(replay, { method: "POST", headers: customer })).status).toBe(403);
  expect((await fetch(replay, { method: "POST", headers: operator })).status).toBe(204);
  expect(heard).toEqual([resourceId]);
  expect((await list())[0]!.replayedAt).toMatch(/Z$/);
  expect((await fetch(replay, { method: "POST", headers: operator })).status).toBe(409);
  const unknown = `${url}/evt_nothing/replay`;
  expect((await fetch(unknown, { method: "POST", headers: operator })).status).toBe(404);

  await booking.drain();
  await catalog.drain();
});

test("a draining foundation stops in order, and leaves nothing of its outbox behind", async () => {
  const order: number[] = [];
  const catalog = await open("catalog");
  const server = await catalog.serve([]);
  catalog.onDrain(async () => {
    order.push((await fetch(`http://127.0.0.1:${server.port}/readyz`)).status);
    await catalog.transact(async (unit) => {
      const resourceId = newId("res");
      const data = { resourceId, version: 1 };
      unit.announce(resourceRetired, { subject: resourceId, version: 1, data, time: catalog.clock.now() });
    });
  });
  expect((await fetch(`http://127.0.0.1:${server.port}/readyz`)).status).toBe(200);
  await catalog.relay.sweepNow();
  await catalog.drain();
  expect(order).toEqual([503]);
  const left = await catalog.db.selectFrom("outbox").select("id").where("published_at", "is", null).execute();
  expect(left).toEqual([]);
});
