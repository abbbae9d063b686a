/** The booking service's configuration; the only reader of its environment. */
import {
  baseConfig,
  busConfig,
  clientConfig,
  databaseConfig,
  httpConfig,
  loadConfig,
  redisConfig,
  tokenConfig,
} from "@holdfast/chassis/config";
import { z } from "zod";

const settings = z.object({
  ...baseConfig,
  ...httpConfig,
  ...databaseConfig,
  ...busConfig,
  ...redisConfig,
  ...tokenConfig,
  ...clientConfig,
  /** Whether feeds may be read over http and from addresses inside the network; refused in production. */
  FEEDS_ALLOW_PRIVATE: z.enum(["on", "off"]).default("off"),
  /** From one reading of a feed to the next, in seconds. */
  FEEDS_EVERY_SECONDS: z.coerce.number().int().min(1).max(86_400).default(900),
  /** Bookings that one guest may hold unpaid at a time; 0 for no limit. */
  HOLDS_PER_GUEST: z.coerce.number().int().min(0).max(10_000).default(60),
});

export const configSchema = settings.refine(
  (config) => config.HOLDFAST_ENV !== "production" || config.FEEDS_ALLOW_PRIVATE === "off",
  { message: "must be off in production", path: ["FEEDS_ALLOW_PRIVATE"] },
);
export type Config = z.infer<typeof configSchema>;

/** @throws ConfigError naming every problem at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(configSchema, env);
}
