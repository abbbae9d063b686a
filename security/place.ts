/** Where a platform is reached, and what tests need to get in: plain data, so that it can be handed to another process. */
import { servers, type ServiceName } from "@holdfast/contracts/define-endpoint";
import type { LocalSecrets } from "@holdfast/testkit/platform/local-secrets";
import type { Platform } from "@holdfast/testkit/platform/start-platform";
import pg from "pg";

export interface Place {
  readonly gatewayUrl: string;
  /** Each service without the gateway in front of it. */
  readonly serviceUrls: Readonly<Record<ServiceName, string>>;
  /** The inbox every mail ends in. */
  readonly mailUrl: string;
  /** The database, as its administrator. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly admin: { readonly email: string; readonly password: string };
  readonly secrets: LocalSecrets;
  /** What the services that tests start once more are told. */
  readonly environments: Readonly<Record<StartedAgain, Readonly<Record<string, string>>>>;
}

/** Services that tests start once more. */
export type StartedAgain = "auth" | "booking" | "gateway";

/**
 * Opens the database, as its administrator. What is asked for is small: the processes that a parallel plan starts would
 * cost more than all of it.
 */
export function openSql({ databaseUrl }: Pick<Place, "databaseUrl">): pg.Pool {
  const options = "-c max_parallel_workers_per_gather=0";
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 3, options });
  sql.on("error", () => undefined);
  return sql;
}

/** Where this platform is reached. */
export function placeOf(platform: Platform): Place {
  return {
    gatewayUrl: platform.gatewayUrl,
    serviceUrls: Object.fromEntries(servers.map((service) => [service, platform.urlOf(service)])) as Record<
      ServiceName,
      string
    >,
    mailUrl: platform.urlOf("mail"),
    databaseUrl: platform.database.adminUrl,
    redisUrl: platform.servers.redis.url,
    admin: platform.admin,
    secrets: platform.secrets,
    environments: {
      auth: platform.environmentOf("auth"),
      booking: platform.environmentOf("booking"),
      gateway: platform.environmentOf("gateway"),
    },
  };
}
