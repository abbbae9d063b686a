import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDockerAvailable, startContainer } from "./container.ts";
import { externalServer, type ServerHandle, type ServerOptions, type ServerRunner } from "./handle.ts";
import { startLocalServer } from "./local-server.ts";
import { natsConfigFile } from "./nats-permissions.ts";
import { natsEnvironment, type NatsPasswords, natsPasswords, type NatsUser } from "./services.ts";
import { allowedSources, findOrInstall, nowhereToRun, urlFromEnvironment } from "./source.ts";
import { firstLine } from "./tcp-exchange.ts";

/** What the NATS client's `connect` needs to log in as one user. */
export type NatsCredentials = {
  readonly servers: string;
  readonly user: string;
  readonly pass: string;
  readonly inboxPrefix: string;
};

/** A started NATS with JetStream. `url` has no password in it. */
export type NatsHandle = ServerHandle & {
  readonly passwords: NatsPasswords;
  /** `nats://user:password@host:port`. */
  urlFor(user: NatsUser): string;
  credentialsFor(user: NatsUser): NatsCredentials;
  /** Loses its disk: stops, deletes every stream and consumer, starts empty on the same port. */
  wipe(): Promise<void>;
};

async function isReady(host: string, port: number): Promise<boolean> {
  // The server greets with what it offers, and only once JetStream has recovered its streams.
  return (await firstLine(host, port, "")).includes('"jetstream":true');
}

async function startProgram(
  file: string,
  passwords: NatsPasswords,
  options: ServerOptions,
): Promise<ServerRunner> {
  const home =
    options.dataDir === undefined
      ? await mkdtemp(join(tmpdir(), "holdfast-nats-"))
      : join(resolve(options.dataDir), "nats");
  await mkdir(home, { recursive: true, mode: 0o700 });
  const store = join(home, "store");
  return await startLocalServer({
    name: "NATS",
    home,
    temporaryFolder: options.dataDir === undefined ? home : undefined,
    port: options.port,
    stopSignal: "SIGTERM",
    command: (port) => ({
      file,
      args: ["-c", natsConfigFile, "-a", "127.0.0.1", "-p", String(port), "-sd", store],
      env: natsEnvironment(passwords),
    }),
    prepare: () => Promise.resolve(),
    empty: () => rm(store, { recursive: true, force: true }),
    isReady: (port) => isReady("127.0.0.1", port),
  });
}

function startInContainer(passwords: NatsPasswords, options: ServerOptions): Promise<ServerRunner> {
  return startContainer({
    ...options,
    name: "NATS",
    image: "nats:2",
    containerPort: 4222,
    dataFolder: "/data",
    environment: natsEnvironment(passwords),
    command: ["-c", "/etc/holdfast/nats.conf", "-sd", "/data"],
    files: [{ source: natsConfigFile, target: "/etc/holdfast/nats.conf" }],
    isReady,
  });
}

async function findRunner(passwords: NatsPasswords, options: ServerOptions): Promise<ServerRunner> {
  const sources = allowedSources();
  const program =
    sources === "containers"
      ? undefined
      : await findOrInstall("nats-server", options.onProgress ?? (() => undefined));
  if (program !== undefined) return await startProgram(program, passwords, options);
  if (sources !== "local" && (await isDockerAvailable())) return await startInContainer(passwords, options);
  throw nowhereToRun("NATS", "nats-server", "HOLDFAST_NATS_URL");
}

/**
 * NATS with `deploy/nats/nats.conf`: the one `HOLDFAST_NATS_URL` names (its passwords in `NATS_<USER>_PASSWORD`), else
 * `nats-server` on this machine, installed where that asks nothing, else a container.
 * @throws ServerUnavailableError with one sentence for the person when there is none, or its port is taken.
 */
export async function startNats(options: ServerOptions = {}): Promise<NatsHandle> {
  const passwords = natsPasswords();
  const given = allowedSources() === "containers" ? undefined : urlFromEnvironment("NATS");
  const runner =
    given === undefined ? await findRunner(passwords, options) : externalServer("NATS", given, 4222);
  const url = `nats://${runner.host}:${runner.port}`;
  return {
    source: runner.source,
    host: runner.host,
    port: runner.port,
    url,
    passwords,
    urlFor: (user) => `nats://${user}:${passwords[user]}@${runner.host}:${runner.port}`,
    credentialsFor: (user) => ({ servers: url, user, pass: passwords[user], inboxPrefix: `_INBOX_${user}` }),
    start: () => runner.start(),
    stop: () => runner.stop(),
    kill9: () => runner.kill9(),
    wipe: () => runner.wipe(),
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}
