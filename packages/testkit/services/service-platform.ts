/** What one service under test stands on: real servers, a database of its own, and the environment that names them. */
import { type BackingServers, startBackingServers } from "../servers/backing-servers.ts";
import type { PlatformDatabase } from "../servers/database.ts";
import type { ServiceName } from "../servers/services.ts";

export type ServicePlatform = AsyncDisposable & {
  readonly servers: BackingServers;
  readonly database: PlatformDatabase;
  /** Everything `startService(readConfig(…))` reads, but for `AUTH_URL` and `TOKEN_ISSUER` and what only that service has. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same servers with another, empty database. */
  emptyDatabase(
    name: string,
  ): Promise<{ database: PlatformDatabase; environment: Readonly<Record<string, string>> }>;
};

/** Starts the three servers and makes a database for this service's tests; log lines below fatal are left out. */
export async function startServicePlatform(service: ServiceName): Promise<ServicePlatform> {
  const servers = await startBackingServers({ ephemeral: true });
  const emptyDatabase = async (name: string) => {
    const database = await servers.postgres.createDatabase(name);
    return { database, environment: environmentOf(service, servers, database) };
  };
  try {
    return {
      servers,
      ...(await emptyDatabase(`${service}_under_test`)),
      emptyDatabase,
      [Symbol.asyncDispose]: () => servers.stop(),
    };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

function environmentOf(service: ServiceName, { nats, redis }: BackingServers, database: PlatformDatabase) {
  return {
    HOLDFAST_ENV: "test",
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "fatal",
    DATABASE_URL: database.urlFor(service),
    NATS_URL: nats.url,
    NATS_USER: service,
    NATS_PASSWORD: nats.passwords[service],
    REDIS_URL: redis.url,
  };
}
