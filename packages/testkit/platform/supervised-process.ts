import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { cameTrue } from "../servers/deadline.ts";

const endWithStarter = join(import.meta.dirname, "end-with-starter.ts");
const firstBackoffMs = 100;
const longestBackoffMs = 2_000;
/** A process that ran this long died of something new: the backoff begins again. */
const settledMs = 10_000;
/** Longer than a service gives itself to drain. */
const stopMs = 12_000;
const readyMs = 30_000;
const probeMs = 2_000;
const keptLines = 40;
/** sysexits' EX_CONFIG: trying again changes nothing. */
const configurationExitCode = 78;

/** A process that could not be brought up, in words for the person at the terminal. */
export class ProcessFailedError extends Error {
  override readonly name = "ProcessFailedError";
}

export type ProcessOptions = {
  /** Shown before its lines and in messages about it. */
  readonly name: string;
  readonly file: string;
  readonly nodeFlags?: readonly string[];
  /** All of its environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers 200 once the process does its work. */
  readonly readyUrl: string;
  /** Whether it also says so itself, with `{ ready: true }` to its starter. */
  readonly announcesReady: boolean;
  readonly onLine: (line: string) => void;
  /** Told in one sentence of a death and what is done about it. */
  readonly onIncident: (sentence: string) => void;
};

/** A process that is started again when it dies. */
export type SupervisedProcess = {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** How often it was started again after dying. */
  readonly restarts: number;
  /** Starts it unless it runs; does not wait until it is ready. */
  start(): void;
  /** Asks it to stop, waits a bounded time, then kills it; it stays down. */
  stop(): Promise<void>;
  /** Kills it as a power cut would and waits until it is gone; it is then started again as after any death. */
  kill9(): Promise<void>;
  /** Waits until it does its work. @throws ProcessFailedError with its last lines when it does not in time. */
  ready(deadlineMs?: number): Promise<void>;
};

class Supervisor implements SupervisedProcess {
  readonly name: string;
  restarts = 0;
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #gone: Promise<unknown> = Promise.resolve();
  #wanted = false;
  #announced = false;
  #backoffMs = firstBackoffMs;
  #nextStart: NodeJS.Timeout | undefined;
  #failure: string | undefined;
  #lastLines: string[] = [];

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failure = undefined;
    this.#backoffMs = firstBackoffMs;
    this.#spawn();
  }

  #spawn(): void {
    const { file, nodeFlags = [], environment } = this.#options;
    const startedAt = performance.now();
    const errorLines: string[] = [];
    this.#announced = false;
    this.#lastLines = [];
    const child = spawn(process.execPath, [...nodeFlags, "--import", endWithStarter, file], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Ctrl-C is for the starter, which then stops everything in order.
      detached: true,
    });
    this.#child = child;
    this.#gone = once(child, "close").catch(() => undefined);
    child.on("message", (message) => {
      if (typeof message === "object" && "ready" in message) this.#announced = true;
    });
    // A process that could not even be spawned has no exit; `close` follows all the same.
    child.on("error", (error) => this.#keep(String(error)));
    this.#read(child.stdout, (line) => this.#keep(line));
    this.#read(child.stderr, (line) => {
      this.#keep(line);
      if (errorLines.length < keptLines) errorLines.push(line.trim());
    });
    child.once("close", (code, signal) => {
      this.#child = undefined;
      this.#announced = false;
      if (this.#wanted) this.#onDeath({ code, signal, errorLines, livedMs: performance.now() - startedAt });
    });
  }

  #read(stream: Readable | null, onLine: (line: string) => void): void {
    if (stream !== null) createInterface({ input: stream, crlfDelay: Infinity }).on("line", onLine);
  }

  #keep(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > keptLines) this.#lastLines.shift();
    this.#options.onLine(line);
  }

  #onDeath(death: {
    code: number | null;
    signal: NodeJS.Signals | null;
    errorLines: readonly string[];
    livedMs: number;
  }): void {
    const { code, signal, errorLines, livedMs } = death;
    if (code === configurationExitCode) {
      this.#wanted = false;
      this.#failure = `${this.name} refuses its configuration and is not started again: ${errorLines.join(" ")}`;
      this.#options.onIncident(this.#failure);
      return;
    }
    if (livedMs >= settledMs) this.#backoffMs = firstBackoffMs;
    const backoffMs = this.#backoffMs;
    this.#backoffMs = Math.min(longestBackoffMs, backoffMs * 2);
    this.restarts += 1;
    this.#options.onIncident(
      `${this.name} died (${signal ?? `exit code ${code}`}) and is started again in ${backoffMs} ms`,
    );
    this.#nextStart = setTimeout(() => this.#spawn(), backoffMs);
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#nextStart);
    const child = this.#child;
    if (child === undefined) return;
    child.kill("SIGTERM");
    const hurry = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await this.#gone;
    clearTimeout(hurry);
  }

  async kill9(): Promise<void> {
    const gone = this.#gone;
    this.#child?.kill("SIGKILL");
    await gone;
  }

  async #isReady(): Promise<boolean> {
    if (this.#child === undefined || (this.#options.announcesReady && !this.#announced)) return false;
    const answer = await fetch(this.#options.readyUrl, { signal: AbortSignal.timeout(probeMs) });
    await answer.body?.cancel();
    return answer.status === 200;
  }

  async ready(deadlineMs = readyMs): Promise<void> {
    const settled = await cameTrue(async () => !this.#wanted || (await this.#isReady()), deadlineMs);
    if (!this.#wanted) throw new ProcessFailedError(this.#failure ?? `${this.name} was stopped.`);
    if (settled) return;
    throw new ProcessFailedError(
      `${this.name} was not ready within ${deadlineMs / 1_000} seconds. Its last lines:\n${this.#lastLines.join("\n")}`,
    );
  }
}

/** A process under supervision, not started yet. It ends with this process, even when this process is killed. */
export function supervise(options: ProcessOptions): SupervisedProcess {
  return new Supervisor(options);
}
