import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BackingServers, startBackingServers } from "../servers/backing-servers.ts";
import type { PlatformDatabase } from "../servers/database.ts";
import { startWatchdog } from "../servers/watchdog.ts";
import { bundledPrograms } from "./bundled-programs.ts";
import { type LocalSecrets, localSecrets } from "./local-secrets.ts";
import {
  fixedPorts,
  freePorts,
  type PlatformPorts,
  type PlatformService,
  platformServices,
  type StandInName,
} from "./platform-ports.ts";
import { createReplicas, createStandIns, type ProcessSetting } from "./platform-processes.ts";
import { type Login, serviceEnvironment, type Surroundings, urlOf } from "./service-environment.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

const databaseName = "holdfast";

/** How to start the platform. */
export type PlatformOptions = {
  /** Where data, secrets and logs live between runs. Without it they are temporary and go with the platform. */
  readonly dataDir?: string;
  /** `default`: those of `npm start`, which the environment can change; `free`: drawn, for tests. */
  readonly ports: "default" | "free";
  /** Whether business time can be moved. Default false. */
  readonly testClock?: boolean;
  /** Default true; without them a guest may also hold as many bookings unpaid as they like. */
  readonly rateLimits?: boolean;
  /** Default `owasp`; `quick` spares tests what an account's password costs, over and over. */
  readonly passwordHashing?: "owasp" | "quick";
  /** Default `info`. */
  readonly logLevel?: string;
  /** The administrator auth makes at its first start. */
  readonly admin?: Login;
  /** Where traces go (OTLP over HTTP). */
  readonly tracesUrl?: string;
  /** Which services to start, with the stand-ins that these call; all when left out. */
  readonly services?: readonly PlatformService[];
  /** Processes of a service; 1 when left out. Those beyond the first listen on free ports, where no gateway calls them. */
  readonly replicas?: Partial<Record<PlatformService, number>>;
  /** Variables added to, or changed in, a service's environment. */
  readonly environment?: Partial<Record<PlatformService, Readonly<Record<string, string>>>>;
  /** Flags of Node for every service. */
  readonly nodeFlags?: readonly string[];
  readonly onProgress?: (line: string) => void;
  /** Every line a process writes, as written. */
  readonly onLog?: (name: string, line: string) => void;
  /** One sentence whenever a process dies. */
  readonly onIncident?: (sentence: string) => void;
};

/** The whole platform, running on this machine. */
export type Platform = AsyncDisposable & {
  readonly gatewayUrl: string;
  readonly ports: PlatformPorts;
  readonly secrets: LocalSecrets;
  readonly admin: Login;
  readonly logsDir: string;
  readonly servers: BackingServers;
  readonly database: PlatformDatabase;
  /** What a service's processes are told, but for their ports. */
  environmentOf(name: PlatformService): Readonly<Record<string, string>>;
  /** Where a service is reached without the gateway, or a stand-in. */
  urlOf(name: PlatformService | StandInName): string;
  /** A service's process, or another of its replicas (counted from 0). */
  service(name: PlatformService, replica?: number): SupervisedProcess;
  standIn(name: StandInName): SupervisedProcess;
  /** Stops services, then stand-ins, then servers; leaves no process, and no file that was temporary. */
  stop(): Promise<void>;
};

const localAdmin: Login = { email: "admin@demo.example", password: "kestrel-orchard-41" };

/** The platform's folder; a temporary one is removed with `resources`, or by a watchdog if this process is killed. */
async function platformFolder(given: string | undefined, resources: AsyncDisposableStack): Promise<string> {
  if (given !== undefined) {
    await mkdir(given, { recursive: true });
    return resolve(given);
  }
  const folder = await mkdtemp(join(tmpdir(), "holdfast-platform-"));
  const watchdog = startWatchdog({ stopSignal: "SIGTERM", temporaryFolder: folder });
  resources.defer(async () => {
    await rm(folder, { recursive: true, force: true });
    watchdog.release();
  });
  return folder;
}

function startServers(
  { dataDir, onProgress }: PlatformOptions,
  ports: PlatformPorts,
  resources: AsyncDisposableStack,
): Promise<BackingServers> {
  const fixed = (port: number): number | undefined => (port === 0 ? undefined : port);
  const starting = startBackingServers({
    dataDir,
    onProgress,
    ports: { postgres: fixed(ports.postgres), nats: fixed(ports.nats), redis: fixed(ports.redis) },
  });
  resources.defer(async () => {
    const servers = await starting.catch(() => undefined);
    await servers?.stop();
  });
  return starting;
}

/** Bundles the programs of this platform's processes, and starts the stand-ins among them. */
async function startStandIns(
  unbundled: Omit<ProcessSetting, "programs">,
  services: readonly PlatformService[],
  surroundings: Parameters<typeof createStandIns>[2],
): Promise<{ readonly setting: ProcessSetting; readonly standIns: readonly SupervisedProcess[] }> {
  const setting = { ...unbundled, programs: await bundledPrograms() };
  const standIns = createStandIns(setting, services, surroundings);
  unbundled.resources.defer(() => stopAll(standIns));
  await startAll(standIns);
  return { setting, standIns };
}

async function stopAll(processes: Iterable<SupervisedProcess>): Promise<void> {
  await Promise.all([...processes].map((process) => process.stop()));
}

async function startAll(
  processes: readonly SupervisedProcess[],
  onProgress?: (line: string) => void,
): Promise<void> {
  for (const process of processes) process.start();
  const waiting = new Set(processes.map(({ name }) => name));
  await Promise.all(
    processes.map(async (process) => {
      await process.ready();
      waiting.delete(process.name);
      onProgress?.(
        `${process.name} is ready${waiting.size === 0 ? "" : `, waiting for ${[...waiting].join(", ")}`}`,
      );
    }),
  );
}

/**
 * Starts Postgres, NATS and Redis, the stand-ins for Stripe, Google and mail, and the services, each as a process that is
 * started again when it dies, and waits until all are ready. Nothing of it outlives this process, however this one ends.
 * @throws ServerUnavailableError or ProcessFailedError, each a message for the person; what had started is stopped again.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  await using resources = new AsyncDisposableStack();
  const { onProgress, admin = localAdmin, replicas = {}, services: started = platformServices } = options;
  const ports = await (options.ports === "free" ? freePorts() : fixedPorts());
  const folder = await platformFolder(options.dataDir, resources);
  const secrets = await localSecrets(folder);
  const logsDir = join(folder, "logs");
  const stateDir = options.dataDir === undefined ? undefined : join(folder, "stand-ins");
  // The servers start while programs are bundled.
  const [servers, { setting, standIns }] = await Promise.all([
    startServers(options, ports, resources),
    startStandIns({ options, logsDir, resources }, started, { ports, secrets, stateDir }),
  ]);
  onProgress?.(
    `Postgres, NATS and Redis run (ports ${servers.postgres.port}, ${servers.nats.port}, ${servers.redis.port})`,
  );
  const database = await servers.postgres.createDatabase(databaseName);
  const surroundings: Surroundings = {
    ports,
    secrets,
    database,
    nats: servers.nats,
    redis: servers.redis,
    admin,
    testClock: options.testClock ?? false,
    rateLimits: options.rateLimits ?? true,
    passwordHashing: options.passwordHashing ?? "owasp",
    logLevel: options.logLevel ?? "info",
    tracesUrl: options.tracesUrl,
  };
  const services = new Map<PlatformService, SupervisedProcess[]>();
  // The gateway first: what is in its hands is finished while those behind it still answer.
  resources.defer(() => stopAll([...services.values()].flat()));
  resources.defer(() => stopAll(services.get("gateway") ?? []));
  for (const service of started) {
    services.set(service, await createReplicas(setting, surroundings, service, replicas[service] ?? 1));
  }
  await startAll([...services.values()].flat(), onProgress);

  const running = resources.move();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= running.disposeAsync());
  return {
    gatewayUrl: urlOf(ports.gateway),
    ports,
    secrets,
    admin,
    logsDir,
    servers,
    database,
    environmentOf: (name) => ({ ...serviceEnvironment(name, surroundings), ...options.environment?.[name] }),
    urlOf: (name) => urlOf(ports[name]),
    service: (name, replica = 0) => existing(services.get(name)?.[replica], name),
    standIn: (name) =>
      existing(
        standIns.find((standIn) => standIn.name === name),
        name,
      ),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function existing(process: SupervisedProcess | undefined, name: string): SupervisedProcess {
  assert(process !== undefined, `${name} is not part of this platform`);
  return process;
}
