import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { fillPsqlVariables } from "./psql-variables.ts";
import { type PostgresPasswords, postgresPasswords, type ServiceName, serviceNames } from "./services.ts";

const rolesFile = join(import.meta.dirname, "../../../deploy/postgres/roles.sql");
const connectMs = 10_000;
const statementMs = 60_000;
// Any number will do; it must only be the same in every process that makes databases.
const rolesLock = 7_311_944;

/** A platform database: its URL for the superuser, and for each service's role. */
export type PlatformDatabase = {
  readonly adminUrl: string;
  urlFor(service: ServiceName): string;
};

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
  });
  // A server that goes away between two queries is reported by the next one.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlWith(base: string, changes: { database?: string; user?: string; password?: string }): string {
  const url = new URL(base);
  if (changes.database !== undefined) url.pathname = `/${encodeURIComponent(changes.database)}`;
  if (changes.user !== undefined) url.username = encodeURIComponent(changes.user);
  if (changes.password !== undefined) url.password = encodeURIComponent(changes.password);
  return url.href;
}

/** Applies `deploy/postgres/roles.sql`: every service's role, schema and password. Idempotent. */
async function applyRoles(client: pg.Client, passwords: PostgresPasswords): Promise<void> {
  const variables = Object.fromEntries(
    serviceNames.map((service) => [`${service}_password`, passwords[service]]),
  );
  // One message, so one transaction: all of it or nothing.
  await client.query(fillPsqlVariables(await readFile(rolesFile, "utf8"), variables));
}

/**
 * Makes a database, unless it is there, with every service's schema and role. Safe to call from several processes at once.
 * Roles are the server's, not the database's: the passwords given last hold for all of its databases.
 * @param options.adminUrl any database of the server, as a superuser
 * @param options.template the database it is made a copy of, which nobody is connected to; an empty one where not said
 */
export async function createDatabase(options: {
  adminUrl: string;
  name: string;
  template?: string;
  passwords?: PostgresPasswords;
}): Promise<PlatformDatabase> {
  const { name, template = "template0", passwords = postgresPasswords() } = options;
  const adminUrl = urlWith(options.adminUrl, { database: name });
  // The lock is held in one database for all: advisory locks do not reach across databases, roles do.
  await withClient(urlWith(options.adminUrl, { database: "postgres" }), async (server) => {
    await server.query("select pg_advisory_lock($1)", [rolesLock]);
    const { rowCount } = await server.query("select from pg_database where datname = $1", [name]);
    if (rowCount === 0) {
      const [made, from] = [name, template].map((each) => pg.escapeIdentifier(each));
      await server.query(`create database ${made} template ${from}`);
    }
    // A copy has the schemas of its template, but neither its grants nor its roles' settings.
    await withClient(adminUrl, (client) => applyRoles(client, passwords));
  });
  return {
    adminUrl,
    urlFor: (service) => urlWith(adminUrl, { user: `holdfast_${service}`, password: passwords[service] }),
  };
}

/** Drops a database, unless it is gone, and whoever is still connected to it. */
export async function dropDatabase(options: { adminUrl: string; name: string }): Promise<void> {
  await withClient(urlWith(options.adminUrl, { database: "postgres" }), async (server) => {
    await server.query(`drop database if exists ${pg.escapeIdentifier(options.name)} with (force)`);
  });
}

/** Whether this server takes queries. */
export async function answersQueries(url: string): Promise<boolean> {
  return await withClient(url, async (client) => (await client.query("select 1")).rowCount === 1);
}
