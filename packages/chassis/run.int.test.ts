import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";

/** A service with a slow endpoint. */
interface Peculiarity {
  /** Settings it needs beyond the usual. */
  config?: "databaseConfig";
  /** Runs 50 ms after the start. */
  afterwards?: string;
  /** Draining that never ends. */
  stuck?: boolean;
}

const program = ({ config, afterwards = "", stuck = false }: Peculiarity) => `
import { createServer } from "node:http";
import { z } from "zod";
import { baseConfig, databaseConfig, httpConfig, loadConfig } from "./config.ts";
import { run } from "./run.ts";

await run({
  name: "slow",
  config: () => loadConfig(z.object({ ...baseConfig, ...httpConfig, ...${config ?? "{}"} })),
  start: async () => {
    const server = createServer((_request, response) => {
      process.send?.("in hand");
      setTimeout(() => response.setHeader("connection", "close").end("done"), 300);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    setTimeout(() => { ${afterwards} }, 50);
    return {
      port: (server.address() as { port: number }).port,
      drain: () => new Promise<void>((closed) => ${String(stuck)} ? undefined : server.close(() => closed())),
      [Symbol.asyncDispose]: async () => server.closeAllConnections(),
    };
  },
});
`;

let child: ChildProcess | undefined;

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

function start(peculiarity: Peculiarity, env: Record<string, string> = {}) {
  const started = spawn(
    process.execPath,
    ["--input-type=module-typescript", "--eval", program(peculiarity)],
    {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...env },
    },
  );
  child = started;
  return {
    child: started,
    exited: once(started, "close") as Promise<[number | null, NodeJS.Signals | null]>,
    message: async () => ((await once(started, "message")) as [unknown])[0],
    out: collect(started.stdout),
    err: collect(started.stderr),
  };
}

const messagesOf = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

test("SIGTERM finishes the request in hand and exits with 0", async () => {
  const running = start({});
  const { ready, port } = (await running.message()) as { ready: boolean; port: number };
  expect(ready).toBe(true);
  const inHand = running.message();
  const response = fetch(`http://127.0.0.1:${port}/`);
  await inHand;
  running.child.kill("SIGTERM");
  expect(await (await response).text()).toBe("done");
  expect(await running.exited).toEqual([0, null]);
  expect(messagesOf(running.out())).toEqual(["ready", "stopping", "stopped"]);
  expect(running.out()).toContain(`"port":${port}`);
});

test("a second signal ends at once what does not stop", async () => {
  const running = start({ stuck: true });
  await running.message();
  running.child.kill("SIGINT");
  await expect.poll(running.out, { timeout: 3_000 }).toContain("stopping");
  running.child.kill("SIGINT");
  expect(await running.exited).toEqual([1, null]);
});

test("what does not stop is ended after ten seconds", async () => {
  const running = start({ stuck: true });
  await running.message();
  const startedAt = performance.now();
  running.child.kill("SIGTERM");
  expect(await running.exited).toEqual([1, null]);
  expect(performance.now() - startedAt).toBeLessThan(13_000);
  expect(messagesOf(running.out())).toContain("the service did not stop in time");
});

test("a wrong configuration is told completely, without its secrets, and exits with 78", async () => {
  const running = start(
    { config: "databaseConfig" },
    { DATABASE_URL: "mysql://hunter2", DATABASE_POOL: "0", PORT: "x" },
  );
  expect(await running.exited).toEqual([78, null]);
  for (const name of ["DATABASE_URL", "DATABASE_POOL", "PORT"]) expect(running.err()).toContain(`${name}: `);
  expect(running.err() + running.out()).not.toContain("hunter2");
});

test.each([
  ["an exception nobody caught", 'throw new Error("lost");', "uncaught exception"],
  ["a rejection nobody handled", 'void Promise.reject(new Error("lost"));', "unhandled rejection"],
])("%s ends the process with 1, and is logged first", async (_, afterwards, message) => {
  const running = start({ afterwards });
  expect(await running.exited).toEqual([1, null]);
  expect(messagesOf(running.out())).toEqual(["ready", message]);
  expect(running.out()).toContain("lost");
});
