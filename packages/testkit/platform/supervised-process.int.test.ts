import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { drawFreePort, isPortFree } from "../servers/ports.ts";
import { until } from "../until.ts";
import { type ProcessOptions, type SupervisedProcess, supervise } from "./supervised-process.ts";

/** As a service does it: listens, says so, and ends when asked to. */
const service = `
import { createServer } from "node:http";
const server = createServer((request, response) => response.end()).listen(process.env.PORT, "127.0.0.1", () => {
  console.log("listening");
  process.send?.({ ready: true });
});
process.on("SIGTERM", () => {
  console.log("draining");
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
`;

async function scriptFile(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-supervised-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "main.mjs");
  await writeFile(file, script);
  return file;
}

type Watched = { process: SupervisedProcess; port: number; lines: string[]; incidents: string[] };

async function start(script: string, changes: Partial<ProcessOptions> = {}): Promise<Watched> {
  const port = await drawFreePort();
  const lines: string[] = [];
  const incidents: string[] = [];
  const process = supervise({
    name: "example",
    file: await scriptFile(script),
    environment: { PORT: String(port) },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    announcesReady: true,
    onLine: (line) => void lines.push(line),
    onIncident: (sentence) => void incidents.push(sentence),
    ...changes,
  });
  onTestFinished(() => process.stop());
  process.start();
  return { process, port, lines, incidents };
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a process that is killed is started again, and its death told", async () => {
  const { process, incidents } = await start(service);
  await process.ready();
  const { pid } = process;
  await process.kill9();
  expect(isAlive(pid)).toBe(false);
  await process.ready();
  expect(process.pid).not.toBe(pid);
  expect(process.restarts).toBe(1);
  expect(incidents).toEqual(["example died (SIGKILL) and is started again in 100 ms"]);
});

test("one that dies again and again is started again more and more slowly", async () => {
  const { process, incidents } = await start("process.exit(3);");
  await until("three deaths", () => process.restarts >= 3);
  expect(incidents.slice(0, 3)).toEqual(
    [100, 200, 400].map((backoffMs) => `example died (exit code 3) and is started again in ${backoffMs} ms`),
  );
});

test("one that refuses its configuration is not started again, and says why", async () => {
  const { process, incidents } = await start(
    `console.error("example: The configuration is not valid:\\n  SMTP_URL: is missing"); process.exitCode = 78;`,
  );
  const sentence =
    "example refuses its configuration and is not started again: example: The configuration is not valid: SMTP_URL: is missing";
  await expect(process.ready()).rejects.toThrow(sentence);
  expect(incidents).toEqual([sentence]);
  expect(process.restarts).toBe(0);
});

test("one that does not come up in time is named, with its last lines", async () => {
  const { process } = await start(`console.log("no database"); setInterval(() => undefined, 1000);`);
  await expect(process.ready(1_000)).rejects.toThrow(
    "example was not ready within 1 seconds. Its last lines:\nno database",
  );
});

test("stopping lets it finish, leaves nothing running, and it can be started again", async () => {
  const { process, port, lines } = await start(service);
  await process.ready();
  const { pid } = process;
  await process.stop();
  expect(lines).toEqual(["listening", "draining"]);
  expect(isAlive(pid)).toBe(false);
  expect(process.pid).toBeUndefined();
  expect(await isPortFree(port)).toBe(true);
  process.start();
  await process.ready();
  expect(process.restarts).toBe(0);
});

test("stopping one that waits to be started again keeps it down", async () => {
  const { process, incidents } = await start("process.exit(3);");
  await until("a death", () => incidents.length === 1);
  await process.stop();
  expect(process.pid).toBeUndefined();
  await expect(process.ready()).rejects.toThrow("example was stopped.");
});

test("what it is given is all of its environment", async () => {
  process.env["HOLDFAST_LEAK"] = "1";
  onTestFinished(() => void delete process.env["HOLDFAST_LEAK"]);
  const { lines } = await start(`console.log(String(process.env.HOLDFAST_LEAK), typeof process.env.PORT);`);
  expect(await until("its line", () => lines[0])).toBe("undefined string");
});

test("it does not outlive a starter that is killed", async () => {
  const port = await drawFreePort();
  const starter = `
    const { supervise } = await import(${JSON.stringify(join(import.meta.dirname, "supervised-process.ts"))});
    const supervised = supervise({
      name: "example", file: ${JSON.stringify(await scriptFile(service))}, environment: { PORT: "${port}" },
      readyUrl: "http://127.0.0.1:${port}/", announcesReady: true, onLine: () => undefined, onIncident: () => undefined,
    });
    supervised.start();
    await supervised.ready();
    console.log(supervised.pid);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", starter], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);
  child.kill("SIGKILL");
  await until("its end", () => !isAlive(pid));
  expect(await isPortFree(port)).toBe(true);
});
