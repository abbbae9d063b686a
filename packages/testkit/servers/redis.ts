import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDockerAvailable, startContainer } from "./container.ts";
import { externalServer, type ServerHandle, type ServerOptions, type ServerRunner } from "./handle.ts";
import { startLocalServer } from "./local-server.ts";
import { allowedSources, findOrInstall, nowhereToRun, urlFromEnvironment } from "./source.ts";
import { firstLine } from "./tcp-exchange.ts";

/** A started Redis. */
export type RedisHandle = ServerHandle;

// Redis holds nothing that is not elsewhere: a bounded memory that forgets, and a log synced once a second.
const settings = [
  "--appendonly",
  "yes",
  "--appendfsync",
  "everysec",
  "--save",
  "",
  "--maxmemory",
  "256mb",
  "--maxmemory-policy",
  "allkeys-lru",
];

async function isReady(host: string, port: number): Promise<boolean> {
  return (await firstLine(host, port, "PING\r\n")) === "+PONG";
}

async function startProgram(file: string, options: ServerOptions): Promise<ServerRunner> {
  const home =
    options.dataDir === undefined
      ? await mkdtemp(join(tmpdir(), "holdfast-redis-"))
      : join(resolve(options.dataDir), "redis");
  const store = join(home, "store");
  await mkdir(home, { recursive: true, mode: 0o700 });
  return await startLocalServer({
    name: "Redis",
    home,
    temporaryFolder: options.dataDir === undefined ? home : undefined,
    port: options.port,
    stopSignal: "SIGTERM",
    command: (port) => ({
      file,
      // Redis would write over its command line, by which the next start recognises it.
      args: [
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        store,
        "--set-proc-title",
        "no",
        ...settings,
      ],
    }),
    prepare: async () => void (await mkdir(store, { recursive: true, mode: 0o700 })),
    empty: () => rm(store, { recursive: true, force: true }),
    isReady: (port) => isReady("127.0.0.1", port),
  });
}

function startInContainer(options: ServerOptions): Promise<ServerRunner> {
  return startContainer({
    ...options,
    name: "Redis",
    image: "redis:8",
    containerPort: 6379,
    dataFolder: "/data",
    environment: {},
    command: ["redis-server", "--dir", "/data", ...settings],
    files: [],
    isReady,
  });
}

async function findRunner(options: ServerOptions): Promise<ServerRunner> {
  const sources = allowedSources();
  const program =
    sources === "containers"
      ? undefined
      : await findOrInstall("redis-server", options.onProgress ?? (() => undefined));
  if (program !== undefined) return await startProgram(program, options);
  if (sources !== "local" && (await isDockerAvailable())) return await startInContainer(options);
  throw nowhereToRun("Redis", "redis-server", "HOLDFAST_REDIS_URL");
}

/**
 * Redis: the one `HOLDFAST_REDIS_URL` names, else `redis-server` on this machine, installed where that asks nothing, else a
 * container.
 * @throws ServerUnavailableError with one sentence for the person when there is none, or its port is taken.
 */
export async function startRedis(options: ServerOptions = {}): Promise<RedisHandle> {
  const given = allowedSources() === "containers" ? undefined : urlFromEnvironment("REDIS");
  const runner = given === undefined ? await findRunner(options) : externalServer("Redis", given, 6379);
  return {
    source: runner.source,
    host: runner.host,
    port: runner.port,
    url: given?.href ?? `redis://${runner.host}:${runner.port}`,
    start: () => runner.start(),
    stop: () => runner.stop(),
    kill9: () => runner.kill9(),
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}
