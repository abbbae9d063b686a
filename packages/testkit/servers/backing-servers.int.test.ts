import { access, chmod, mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startBackingServers } from "./backing-servers.ts";
import { drawFreePort, isPortFree } from "./ports.ts";

test("starts the three on the ports asked for, and stops them all", async () => {
  const ports = { postgres: await drawFreePort(), nats: await drawFreePort(), redis: await drawFreePort() };
  const servers = await startBackingServers({ ephemeral: true, ports });
  const running = [servers.postgres.port, servers.nats.port, servers.redis.port];
  expect(running).toEqual([ports.postgres, ports.nats, ports.redis]);
  expect(await Promise.all(running.map(isPortFree))).toEqual([false, false, false]);
  await servers.stop();
  expect(await Promise.all(running.map(isPortFree))).toEqual([true, true, true]);
});

test("leaves none running when one cannot start", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-three-"));
  // Passable, so that the data lie here whoever Postgres runs as.
  await chmod(dataDir, 0o711);
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const [nats, redis] = [await drawFreePort(), await drawFreePort()];
  const squatter = createServer().listen(redis, "127.0.0.1");
  onTestFinished(() => void squatter.close());
  await once(squatter, "listening");
  await expect(startBackingServers({ dataDir, ports: { nats, redis } })).rejects.toThrow(
    `Port ${redis} on 127.0.0.1`,
  );
  expect(await isPortFree(nats)).toBe(true);
  await expect(access(join(dataDir, "nats", "server.json"))).rejects.toMatchObject({ code: "ENOENT" });
});
