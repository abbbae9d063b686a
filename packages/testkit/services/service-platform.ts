/** What one service under test stands on: real servers, a database of its own, somebody who signs tokens, and the environment that names them. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { compileCache } from "../platform/compile-cache.ts";
import type { PlatformDatabase } from "../servers/database.ts";
import { type NatsHandle, startNats } from "../servers/nats.ts";
import { type RedisHandle, startRedis } from "../servers/redis.ts";
import type { ServiceName } from "../servers/services.ts";
import { startTokenSigner, type TokenSigner } from "../tokens/token-signer.ts";
import type { StartingPoint } from "../vitest/template-databases.ts";
import { createTestDatabase } from "../vitest/test-database.ts";

export type ServicePlatform = AsyncDisposable & {
  readonly nats: NatsHandle;
  readonly database: PlatformDatabase;
  /** The service's own schema, as the service sees it. */
  readonly sql: pg.Pool;
  /** In place of auth. */
  readonly signer: TokenSigner;
  /** Everything `startService(readConfig(…))` reads, but for what only that service has; or its own process. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same servers with another, empty database. */
  emptyDatabase(): Promise<Pick<ServicePlatform, "database" | "environment">>;
};

const connectionsMax = 4;

/**
 * Makes a database for this service's tests and starts NATS and Redis; log lines below fatal are left out. Starting a
 * Postgres takes longer than many a file's tests: the database lies in the one that all files of the project share, or in
 * `postgres`, which a test started that breaks it.
 */
export async function startServicePlatform(
  service: ServiceName,
  postgres?: { createDatabase(name: string): Promise<PlatformDatabase> },
): Promise<ServicePlatform> {
  await using starting = new AsyncDisposableStack();
  const signer = starting.use(await startTokenSigner());
  const nats = starting.use(await startNats());
  const redis = starting.use(await startRedis());
  const databases = starting.use(new AsyncDisposableStack());
  const newDatabase = async (start: StartingPoint): Promise<PlatformDatabase> =>
    postgres?.createDatabase(randomUUID()) ?? databases.use(await createTestDatabase(start));
  const openDatabase = async (start: StartingPoint) => {
    const database = await newDatabase(start);
    return { database, environment: environmentOf(service, { nats, redis, database, signer }) };
  };
  // Its own start finds nothing to migrate: that takes longer than many a file's tests.
  const first = await openDatabase(service);
  const sql = new pg.Pool({ connectionString: first.database.urlFor(service), max: connectionsMax });
  // A test may kill Postgres under its idle connections.
  sql.on("error", () => undefined);
  starting.defer(() => sql.end());
  const started = starting.move();
  return {
    ...first,
    nats,
    sql,
    signer,
    emptyDatabase: () => openDatabase("empty"),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

type Surroundings = Pick<ServicePlatform, "nats" | "database" | "signer"> & { readonly redis: RedisHandle };

function environmentOf(service: ServiceName, { nats, redis, database, signer }: Surroundings) {
  return {
    ...compileCache,
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
