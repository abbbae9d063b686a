import { resolve } from "node:path";
import type { StartedTestContainer } from "testcontainers";
import { cameTrue } from "./deadline.ts";
import { type ServerOptions, type ServerRunner, ServerUnavailableError } from "./handle.ts";
import { drawFreePort, isPortFree, portTaken } from "./ports.ts";
import { nameForPath } from "./unprivileged-user.ts";

/** A server to run in a container. */
export type ContainerServer = ServerOptions & {
  name: string;
  image: string;
  containerPort: number;
  /** Where the image keeps its data: on a named volume when `dataDir` asks for data that stay. */
  dataFolder: string;
  environment: Record<string, string>;
  command: string[];
  files: { source: string; target: string }[];
  isReady(host: string, port: number): Promise<boolean>;
};

const readyMs = 60_000;
const pullAndStartMs = 300_000;
const stopMs = 15_000;

// Loaded on use: it is large, and most runs need no container.
async function loadTestcontainers(): Promise<typeof import("testcontainers")> {
  return await import("testcontainers");
}

/** Whether a Docker engine answers. */
export async function isDockerAvailable(): Promise<boolean> {
  try {
    await (await loadTestcontainers()).getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}

function volumeOf(server: ContainerServer): string | undefined {
  return server.dataDir === undefined
    ? undefined
    : `holdfast-${server.name.toLowerCase()}-${nameForPath(resolve(server.dataDir))}`;
}

async function launch(server: ContainerServer, port: number): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await loadTestcontainers();
  const volume = volumeOf(server);
  const container = new GenericContainer(server.image)
    .withEnvironment(server.environment)
    .withCommand(server.command)
    .withExposedPorts({ container: server.containerPort, host: port })
    .withCopyFilesToContainer(server.files)
    .withBindMounts(volume === undefined ? [] : [{ source: volume, target: server.dataFolder }])
    // The image without a shell (NATS) cannot be asked from inside; what it prints last, and then our own question, can.
    .withWaitStrategy(Wait.forLogMessage(/ready (to accept connections|for start up)|Server is ready/i))
    .withStartupTimeout(pullAndStartMs);
  return await container.start();
}

class ContainerRunner implements ServerRunner {
  readonly source = "container";
  readonly host: string;
  readonly port: number;
  readonly #server: ContainerServer;
  #container: StartedTestContainer;

  constructor(server: ContainerServer, container: StartedTestContainer, port: number) {
    this.#server = server;
    this.#container = container;
    this.host = container.getHost();
    this.port = port;
  }

  async awaitReady(): Promise<void> {
    if (!(await cameTrue(() => this.#server.isReady(this.host, this.port), readyMs))) {
      throw new ServerUnavailableError(
        `${this.#server.name} in its container did not answer within ${readyMs / 1000} seconds.`,
      );
    }
  }

  async #engine() {
    const { container: engine } = await (await loadTestcontainers()).getContainerRuntimeClient();
    const container = engine.getById(this.#container.getId());
    const isRunning = async (): Promise<boolean> => (await engine.inspect(container)).State.Running;
    return { engine, container, isRunning };
  }

  async start(): Promise<void> {
    const { engine, container, isRunning } = await this.#engine();
    if (await isRunning()) return;
    await engine.start(container);
    await this.awaitReady();
  }

  async stop(): Promise<void> {
    const { container, isRunning } = await this.#engine();
    if (await isRunning()) await container.stop({ t: stopMs / 1000 });
  }

  async kill9(): Promise<void> {
    const { container, isRunning } = await this.#engine();
    if (!(await isRunning())) return;
    await container.kill({ signal: "SIGKILL" });
    await cameTrue(async () => !(await isRunning()), stopMs);
  }

  async wipe(): Promise<void> {
    await this.#container.stop({ timeout: stopMs, remove: true });
    const volume = volumeOf(this.#server);
    if (volume !== undefined) {
      const { container: engine } = await (await loadTestcontainers()).getContainerRuntimeClient();
      await engine.dockerode.getVolume(volume).remove();
    }
    this.#container = await launch(this.#server, this.port);
    await this.awaitReady();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.stop({ timeout: stopMs, remove: true });
  }
}

/**
 * Runs a server in a container, on a port of this machine that stays the same, and waits until it answers.
 * Testcontainers' own watcher removes it when this process dies.
 */
export async function startContainer(server: ContainerServer): Promise<ServerRunner> {
  if (server.port !== undefined && !(await isPortFree(server.port)))
    throw portTaken(server.name, server.port);
  const port = server.port ?? (await drawFreePort());
  server.onProgress?.(`starting ${server.name} in a container (${server.image}) …`);
  const runner = new ContainerRunner(server, await launch(server, port), port);
  try {
    await runner.awaitReady();
  } catch (error) {
    await runner[Symbol.asyncDispose]();
    throw error;
  }
  return runner;
}
