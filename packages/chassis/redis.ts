/** Redis for caches, limits and leases: never the truth, so its absence is answered at once with a fallback. */
import { Redis } from "ioredis";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export type { Redis };

export interface RedisClient extends AsyncDisposable {
  /** The ioredis client, for what `ifUp` runs and for libraries; a command fails at once while Redis is down. */
  readonly commands: Redis;
  /** Is there a connection that takes commands? */
  readonly up: boolean;
  /** What `work` gives, or the fallback when Redis is down, slow (250 ms) or refuses. Never rejects. */
  ifUp<T>(work: (commands: Redis) => Promise<T>, fallback: T): Promise<T>;
}

export interface RedisOptions {
  readonly url: string;
  readonly log: Logger;
  readonly metrics?: Metrics;
}

const commandTimeoutMs = 250;
const connectTimeoutMs = 1_000;
const longestBackoffMs = 2_000;

/** Opens a connection in the background and keeps it open; never fails because Redis is down. */
export function connectRedis({ url, log, metrics }: RedisOptions): RedisClient {
  const commands = new Redis(url, {
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    retryStrategy: (attempt) =>
      Math.min(50 * 2 ** Math.min(attempt, 10), longestBackoffMs) * (0.75 + Math.random() / 2),
  });
  // The log tells of a change, not of every attempt at a server that stays down.
  let told: "up" | "down" | undefined;
  commands.on("ready", () => {
    if (told === "down") log.info("redis is back");
    told = "up";
  });
  const tellDown = (error?: unknown) => {
    if (told !== "down")
      log.warn({ err: error }, "redis is down: caches are skipped and limits counted locally");
    told = "down";
  };
  commands.on("error", tellDown);
  commands.on("close", () => tellDown());
  const failures = metrics?.counter({
    name: "redis_fallbacks_total",
    help: "Uses answered without Redis",
    labels: [],
  });
  metrics?.gauge({
    name: "redis_up",
    help: "1 while Redis takes commands",
    labels: [],
    read: () => (commands.status === "ready" ? 1 : 0),
  });

  return {
    commands,
    get up() {
      return commands.status === "ready";
    },
    ifUp: async (work, fallback) => {
      if (commands.status === "ready") {
        try {
          return await work(commands);
        } catch (error) {
          log.debug({ err: error }, "redis failed");
        }
      }
      failures?.add({});
      return fallback;
    },
    [Symbol.asyncDispose]: async () => {
      commands.removeAllListeners("close");
      commands.disconnect();
    },
  };
}
