/** Catalog's configuration; the only reader of its environment. */
import { clientConfig, loadConfig } from "@holdfast/chassis/config";
import { foundationConfig } from "@holdfast/chassis/foundation-config";
import { z } from "zod";

/** Every variable catalog reads. */
export const configSchema = z.object({ ...foundationConfig, ...clientConfig });

export type CatalogConfig = z.output<typeof configSchema>;

/**
 * Reads the environment.
 * @throws ConfigError naming everything that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): CatalogConfig {
  return loadConfig(configSchema, env);
}
