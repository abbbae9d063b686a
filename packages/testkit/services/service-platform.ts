/** What one service under test stands on: real servers, a database of its own, somebody who signs tokens, and the environment that names them. */
import pg from "pg";
import { type BackingServers, startBackingServers } from "../servers/backing-servers.ts";
import type { PlatformDatabase } from "../servers/database.ts";
import type { ServiceName } from "../servers/services.ts";
import { startTokenSigner, type TokenSigner } from "../tokens/token-signer.ts";

export type ServicePlatform = AsyncDisposable & {
  readonly servers: BackingServers;
  readonly database: PlatformDatabase;
  /** The service's own schema, as the service sees it. */
  readonly sql: pg.Pool;
  /** In place of auth. */
  readonly signer: TokenSigner;
  /** Everything `startService(readConfig(…))` reads, but for what only that service has. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same servers with another, empty database. */
  emptyDatabase(
    name: string,
  ): Promise<{ database: PlatformDatabase; environment: Readonly<Record<string, string>> }>;
};

const connectionsMax = 4;

/** Starts the three servers and makes a database for this service's tests; log lines below fatal are left out. */
export async function startServicePlatform(service: ServiceName): Promise<ServicePlatform> {
  await using starting = new AsyncDisposableStack();
  const signer = starting.use(await startTokenSigner());
  const servers = starting.use(await startBackingServers({ ephemeral: true }));
  const emptyDatabase = async (name: string) => {
    const database = await servers.postgres.createDatabase(name);
    return { database, environment: environmentOf(service, servers, database, signer) };
  };
  const empty = await emptyDatabase(`${service}_under_test`);
  const sql = new pg.Pool({ connectionString: empty.database.urlFor(service), max: connectionsMax });
  // A test may kill Postgres under its idle connections.
  sql.on("error", () => undefined);
  starting.defer(() => sql.end());
  const started = starting.move();
  return {
    servers,
    sql,
    signer,
    ...empty,
    emptyDatabase,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function environmentOf(
  service: ServiceName,
  { nats, redis }: BackingServers,
  database: PlatformDatabase,
  signer: TokenSigner,
) {
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
    AUTH_URL: signer.url,
    CLIENT_SECRET: `the-secret-of-${service}`,
    TOKEN_ISSUER: signer.issuer,
    TOKEN_AUDIENCE: signer.audience,
  };
}
