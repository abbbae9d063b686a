/** Where a server came from: its URL in the environment, a process on this machine, or a container. */
export type ServerSource = "environment" | "process" | "container";

/** What every way of running a server can do. Calls must not overlap. */
export type ServerRunner = {
  readonly source: ServerSource;
  readonly host: string;
  readonly port: number;
  /** Starts it again on the same port with its data, and waits until it answers. Does nothing when it runs. */
  start(): Promise<void>;
  /** Asks it to stop, waits a bounded time, then kills it. Its data stay. */
  stop(): Promise<void>;
  /** Kills it as a power cut would. Its data stay. */
  kill9(): Promise<void>;
  /** Stops it, deletes its data, and starts it empty on the same port. */
  wipe(): Promise<void>;
  /** Stops it and removes what was temporary. Never stops a server given by its URL. */
  [Symbol.asyncDispose](): Promise<void>;
};

/** A started server: where it is, and the switches tests pull. A server given by its URL refuses `stop`, `kill9` and `wipe`. */
export type ServerHandle = Omit<ServerRunner, "wipe"> & { readonly url: string };

/** How to start one server. */
export type ServerOptions = {
  /** Where its data live between runs. Without it they are temporary and go with the handle. */
  dataDir?: string | undefined;
  /** The port to listen on; a free one when not given. */
  port?: number | undefined;
  /** Told, one line at a time, what takes long (an installation, an image). */
  onProgress?: ((line: string) => void) | undefined;
};

/** A reason, in one sentence for the person at the terminal, why a server could not be started. */
export class ServerUnavailableError extends Error {
  override readonly name = "ServerUnavailableError";
}

/** A server somebody else runs: used, never started or stopped. */
export function externalServer(name: string, url: URL, defaultPort: number): ServerRunner {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new ServerUnavailableError(
        `${name} was given by its URL in the environment and is only used, so it cannot be stopped or emptied from here.`,
      ),
    );
  return {
    source: "environment",
    host: url.hostname,
    port: url.port === "" ? defaultPort : Number(url.port),
    start: () => Promise.resolve(),
    stop: refuse,
    kill9: refuse,
    wipe: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
