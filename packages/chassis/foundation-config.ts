/** The settings that a foundation needs; a service's own schema spreads the same shapes and adds to them. */
import { z } from "zod";
import { baseConfig, busConfig, databaseConfig, httpConfig, redisConfig, tokenConfig } from "./config.ts";

/** Every shape a service with a schema, a stream and an HTTP door needs. */
export const foundationConfig = {
  ...baseConfig,
  ...httpConfig,
  ...databaseConfig,
  ...busConfig,
  ...redisConfig,
  ...tokenConfig,
};

const schema = z.object(foundationConfig);

export type FoundationConfig = z.output<typeof schema>;
