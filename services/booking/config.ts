/** The booking service's configuration; the only reader of its environment. */
import {
  baseConfig,
  busConfig,
  databaseConfig,
  httpConfig,
  loadConfig,
  redisConfig,
  tokenConfig,
} from "@holdfast/chassis/config";
import { z } from "zod";

export const configSchema = z.object({
  ...baseConfig,
  ...httpConfig,
  ...databaseConfig,
  ...busConfig,
  ...redisConfig,
  ...tokenConfig,
});
export type Config = z.infer<typeof configSchema>;

/** @throws ConfigError naming every problem at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(configSchema, env);
}
