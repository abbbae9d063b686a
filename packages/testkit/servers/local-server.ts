import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cameTrue } from "./deadline.ts";
import { type ServerRunner, ServerUnavailableError } from "./handle.ts";
import { forgetServer, noteServer, stopOrphan } from "./orphan.ts";
import { drawFreePort, isPortFree, portTaken } from "./ports.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

/** A server to run as a child process of this one. */
export type LocalServer = {
  name: string;
  /** The folder that is the server's alone: data, log, and the note of who runs it. Named in the server's arguments. */
  home: string;
  /** Removed with the handle, and by the watchdog when this process dies. */
  temporaryFolder: string | undefined;
  /** The port asked for; a free one when not given. */
  port: number | undefined;
  stopSignal: NodeJS.Signals;
  command(port: number): {
    file: string;
    args: string[];
    env?: Record<string, string>;
    uid?: number;
    gid?: number;
  };
  /** Prepares the folder; runs before every start. */
  prepare(): Promise<void>;
  /** Deletes the data. */
  empty(): Promise<void>;
  /** Whether it answers as it should. */
  isReady(port: number): Promise<boolean>;
  /** Whether this failure passes by itself in a moment. */
  isPassing?(log: string): boolean;
};

const readyMs = 60_000;
const stopMs = 15_000;
const maxAttempts = 50;
const samePortAttempts = 5;
const betweenAttemptsMs = 200;

type Failure = "port" | "passing" | "other";

class LocalRunner implements ServerRunner {
  readonly source = "process";
  readonly host = "127.0.0.1";
  port: number;
  readonly #server: LocalServer;
  readonly #watchdog: Watchdog;
  #child: ChildProcess | undefined;
  #wasUp = false;

  constructor(server: LocalServer, port: number) {
    this.#server = server;
    this.port = port;
    this.#watchdog = startWatchdog({
      stopSignal: server.stopSignal,
      temporaryFolder: server.temporaryFolder,
    });
  }

  get #running(): ChildProcess | undefined {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
      ? this.#child
      : undefined;
  }

  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    await this.#server.prepare();
    for (let attempt = 1; ; attempt += 1) {
      const failure = (await isPortFree(this.port)) ? await this.#tryOnce() : "port";
      if (failure === undefined) break;
      if (
        failure === "port" &&
        (this.#wasUp || this.#server.port !== undefined) &&
        attempt >= samePortAttempts
      ) {
        throw portTaken(this.#server.name, this.port);
      }
      if (failure === "other" || attempt >= maxAttempts) {
        throw new ServerUnavailableError(`${this.#server.name} did not start:\n${await this.#logTail()}`);
      }
      // A drawn port can be drawn again until clients know it; the port of a server just killed, and the memory its
      // children held, are given back a moment later.
      if (failure === "port" && !this.#wasUp && this.#server.port === undefined)
        this.port = await drawFreePort();
      else await pause(betweenAttemptsMs);
    }
    this.#wasUp = true;
  }

  async #tryOnce(): Promise<Failure | undefined> {
    const { home } = this.#server;
    const { file, args, env, uid, gid } = this.#server.command(this.port);
    const logPath = join(home, "server.log");
    await rename(logPath, join(home, "server.previous.log")).catch(() => undefined);
    const log = await open(logPath, "w", 0o600);
    let spawnError: Error | undefined;
    try {
      // Detached: Ctrl-C is for this process, which then stops the server in order.
      const child = spawn(file, args, {
        cwd: home,
        env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", ...env },
        stdio: ["ignore", log.fd, log.fd],
        detached: true,
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
      });
      child.once("error", (error) => {
        spawnError = error;
      });
      child.unref();
      this.#child = child;
    } finally {
      await log.close();
    }
    if (this.#child.pid !== undefined) {
      this.#watchdog.watch(this.#child.pid);
      await noteServer(home, this.#child.pid);
    }
    const settled = await cameTrue(
      async () =>
        spawnError !== undefined || this.#running === undefined || (await this.#server.isReady(this.port)),
      readyMs,
    );
    if (spawnError !== undefined)
      throw new ServerUnavailableError(`${this.#server.name} did not start: ${spawnError.message}`);
    if (settled && this.#running !== undefined) return undefined;
    await this.stop();
    const text = await this.#logTail();
    if (/address already in use/i.test(text)) return "port";
    return this.#server.isPassing?.(text) === true ? "passing" : "other";
  }

  async #logTail(): Promise<string> {
    const text = await readFile(join(this.#server.home, "server.log"), "utf8").catch(() => "");
    return text.split("\n").slice(-30).join("\n");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#running;
    if (child !== undefined) {
      child.ref();
      const exit = once(child, "exit");
      child.kill(signal);
      const hurry = setTimeout(() => child.kill("SIGKILL"), stopMs);
      await exit;
      clearTimeout(hurry);
    }
    this.#watchdog.watch(0);
    await forgetServer(this.#server.home);
  }

  stop(): Promise<void> {
    return this.#end(this.#server.stopSignal);
  }

  kill9(): Promise<void> {
    return this.#end("SIGKILL");
  }

  async wipe(): Promise<void> {
    await this.stop();
    await this.#server.empty();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    const folder = this.#server.temporaryFolder;
    if (folder !== undefined)
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    this.#watchdog.release();
  }
}

/**
 * Runs a server on this machine and waits until it answers.
 * It does not outlive this process: a watchdog stops it, and the next start on the same folder stops what even that missed.
 * @throws ServerUnavailableError when its port is taken, its folder is in use, or it does not come up within a minute.
 */
export async function startLocalServer(server: LocalServer): Promise<ServerRunner> {
  await stopOrphan(server.name, server.home, server.stopSignal);
  const runner = new LocalRunner(server, server.port ?? (await drawFreePort()));
  try {
    await runner.start();
  } catch (error) {
    await runner[Symbol.asyncDispose]();
    throw error;
  }
  return runner;
}
