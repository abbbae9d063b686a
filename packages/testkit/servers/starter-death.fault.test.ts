import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { cameTrue } from "./deadline.ts";
import { isPortFree } from "./ports.ts";
import { startRedis } from "./redis.ts";

const starter = `
const { startRedis } = await import(${JSON.stringify(join(import.meta.dirname, "redis.ts"))});
const redis = await startRedis(process.argv[1] === "" ? {} : { dataDir: process.argv[1] });
console.log(redis.port);
setInterval(() => undefined, 1000);
`;

async function startElsewhere(dataDir: string): Promise<{ port: number; kill9: () => Promise<void> }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", starter, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    port: Number(line),
    kill9: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-death-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("a server does not outlive a starter that is killed", async () => {
  const { port, kill9 } = await startElsewhere("");
  expect(await isPortFree(port)).toBe(false);
  await kill9();
  expect(await cameTrue(() => isPortFree(port), 10_000)).toBe(true);
});

test("the next start takes over the folder of a starter that was killed a moment ago", async () => {
  const dataDir = await temporaryFolder();
  const { kill9 } = await startElsewhere(dataDir);
  await kill9();
  await using redis = await startRedis({ dataDir });
  expect(await isPortFree(redis.port)).toBe(false);
});

test("refuses a folder whose server and starter both live", async () => {
  const dataDir = await temporaryFolder();
  const { port, kill9 } = await startElsewhere(dataDir);
  try {
    await expect(startRedis({ dataDir })).rejects.toThrow(/already runs on .+: stop that one first\.$/);
    expect(await isPortFree(port)).toBe(false);
    await access(join(dataDir, "redis", "server.json"));
  } finally {
    await kill9();
  }
  expect(await cameTrue(() => isPortFree(port), 10_000)).toBe(true);
});
