/** The life of a process: configure, start, say ready, and stop in order when asked to. */
import { ConfigError } from "./config.ts";
import { createLogger, type Logger, type LogLevel } from "./log.ts";

/** What a service's composition root gives back. */
export interface RunningService extends AsyncDisposable {
  readonly port: number;
  /** Takes no new work and finishes what is in hand; bounded. */
  drain(): Promise<void>;
}

export interface RunOptions<C extends { readonly LOG_LEVEL?: LogLevel }> {
  readonly name: string;
  /** Reads and checks the environment. */
  readonly config: () => C;
  readonly start: (config: C) => Promise<RunningService>;
}

/** Draining and disposing together; then the process ends anyway. */
const stopTimeoutMs = 10_000;

/** sysexits' EX_CONFIG: restarting changes nothing until somebody changes the configuration. */
const configExitCode = 78;

function readConfig<C extends { readonly LOG_LEVEL?: LogLevel }>(options: RunOptions<C>): C {
  try {
    return options.config();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${options.name}: ${error.message}\n`);
    process.exit(configExitCode);
  }
}

/** Whatever nobody caught leaves the process in a state nobody knows: it ends, and its replicas go on. */
function endOnUncaught(log: Logger): void {
  const end = (error: unknown, message: string) => {
    log.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on("uncaughtException", (error) => end(error, "uncaught exception"));
  process.on("unhandledRejection", (error) => end(error, "unhandled rejection"));
}

async function stop(service: RunningService, log: Logger): Promise<void> {
  const timer = setTimeout(() => {
    log.fatal({ timeoutMs: stopTimeoutMs }, "the service did not stop in time");
    process.exit(1);
  }, stopTimeoutMs);
  try {
    await service.drain();
    await service[Symbol.asyncDispose]();
    log.info("stopped");
    clearTimeout(timer);
    process.exit(0);
  } catch (error) {
    log.fatal({ err: error }, "the service did not stop cleanly");
    process.exit(1);
  }
}

/**
 * Runs a service until SIGTERM or SIGINT: then it drains, is disposed of, and the process exits with 0, or with 1
 * after ten seconds; a second signal ends it at once. Exits with 78 on a wrong configuration.
 * A parent with an IPC channel is sent `{ ready: true, port }`.
 */
export async function run<C extends { readonly LOG_LEVEL?: LogLevel }>(
  options: RunOptions<C>,
): Promise<void> {
  const config = readConfig(options);
  const log = createLogger(options.name, config.LOG_LEVEL ?? "info");
  endOnUncaught(log);

  const asked = Promise.withResolvers<NodeJS.Signals>();
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      asked.resolve(signal);
    });
  }

  const starting = options.start(config);
  // A signal while it starts is obeyed once there is something to stop; a start that hangs ends with the timeout.
  const service = await Promise.race([starting, asked.promise.then(() => endIfHanging(log, starting))]);
  log.info({ port: service.port }, "ready");
  process.send?.({ ready: true, port: service.port });
  log.info({ signal: await asked.promise }, "stopping");
  await stop(service, log);
}

async function endIfHanging(log: Logger, starting: Promise<RunningService>): Promise<RunningService> {
  const timer = setTimeout(() => {
    log.fatal({ timeoutMs: stopTimeoutMs }, "the service was told to stop and did not finish starting");
    process.exit(1);
  }, stopTimeoutMs);
  const service = await starting;
  clearTimeout(timer);
  return service;
}
