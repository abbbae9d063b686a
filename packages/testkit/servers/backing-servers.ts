import { mkdir } from "node:fs/promises";
import { type NatsHandle, startNats } from "./nats.ts";
import { type PostgresHandle, startPostgres } from "./postgres.ts";
import { installMissing } from "./programs.ts";
import { type RedisHandle, startRedis } from "./redis.ts";
import { allowedSources, urlFromEnvironment } from "./source.ts";

/** The three servers every service stands on. */
export type BackingServers = {
  readonly postgres: PostgresHandle;
  readonly nats: NatsHandle;
  readonly redis: RedisHandle;
  /** Stops all three (not those given by their URL) and removes what was temporary. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** How to start the three. */
export type BackingServersOptions = {
  /** Where their data live between runs; temporary, and removed at stop, when left out or `ephemeral`. */
  dataDir?: string | undefined;
  ephemeral?: boolean | undefined;
  /** Fixed ports; free ones when not given. */
  ports?:
    | { postgres?: number | undefined; nats?: number | undefined; redis?: number | undefined }
    | undefined;
  onProgress?: ((line: string) => void) | undefined;
};

async function installBoth(onProgress: (line: string) => void): Promise<void> {
  if (allowedSources() === "containers") return;
  await installMissing(
    [
      ...(urlFromEnvironment("NATS") === undefined ? (["nats-server"] as const) : []),
      ...(urlFromEnvironment("REDIS") === undefined ? (["redis-server"] as const) : []),
    ],
    onProgress,
  );
}

/**
 * Starts Postgres, NATS and Redis side by side, each from wherever it is to be had.
 * @throws ServerUnavailableError with one sentence for the person; those that did start are stopped again.
 */
export async function startBackingServers(options: BackingServersOptions = {}): Promise<BackingServers> {
  const dataDir = options.ephemeral === true ? undefined : options.dataDir;
  const { ports = {}, onProgress = () => undefined } = options;
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  // Both at once, in one run of the package manager, while Postgres starts.
  const installed = installBoth(onProgress);
  const [postgres, nats, redis] = await Promise.allSettled([
    startPostgres({ dataDir, onProgress, port: ports.postgres }),
    installed.then(() => startNats({ dataDir, onProgress, port: ports.nats })),
    installed.then(() => startRedis({ dataDir, onProgress, port: ports.redis })),
  ]);
  if (postgres.status === "rejected" || nats.status === "rejected" || redis.status === "rejected") {
    const all = [postgres, nats, redis];
    await Promise.all(
      all.map(async (result) => {
        if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
      }),
    );
    throw all.find((result) => result.status === "rejected")?.reason;
  }
  const servers = { postgres: postgres.value, nats: nats.value, redis: redis.value };
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(servers).map((server) => server[Symbol.asyncDispose]()));
  };
  return { ...servers, stop, [Symbol.asyncDispose]: stop };
}
