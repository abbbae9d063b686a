import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startRedis } from "./redis.ts";

async function ask<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    client.disconnect();
  }
}

test("stops, and starts again with its data on the same port", async () => {
  await using redis = await startRedis();
  await ask(redis.url, (client) => client.set("kept", "1"));
  await redis.stop();
  await expect(ask(redis.url, (client) => client.get("kept"))).rejects.toThrow(/ECONNREFUSED|closed/);
  await redis.start();
  expect(await ask(redis.url, (client) => client.get("kept"))).toBe("1");
  await redis.kill9();
  await redis.start();
  expect(await ask(redis.url, (client) => client.ping())).toBe("PONG");
});
