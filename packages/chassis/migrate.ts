/** Brings a service's schema up to date: the chassis' own migrations, then the service's, each exactly once. */
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import type pg from "pg";
import type { Logger } from "./log.ts";

export interface MigrateOptions {
  readonly pool: pg.Pool;
  /** The service's folder of `0001_name.sql` files; null where it has none. */
  readonly directory: URL | null;
  readonly log: Logger;
  /** Longest a migration waits for another process that migrates the same schema, in ms; 60 s where not said. */
  readonly lockTimeoutMs?: number;
}

/** A migration that was applied has been changed or removed since, or a file's name is not one of a migration. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

interface MigrationFile {
  readonly source: "chassis" | "service";
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

const chassisDirectory = new URL("./migrations/", import.meta.url);
const fileName = /^\d{4}_[a-z0-9_]+\.sql$/;

/**
 * Applies what is not applied yet, each file in a transaction of its own, and returns their names.
 * Several processes may call it at once: one at a time works, the others wait and find nothing left to do.
 * Throws `MigrationError`, or what Postgres throws (the file's transaction is rolled back).
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const files = await readMigrations("chassis", chassisDirectory);
  if (options.directory) files.push(...(await readMigrations("service", options.directory)));
  const client = await options.pool.connect();
  try {
    await client.query(`set lock_timeout = ${options.lockTimeoutMs ?? 60_000}`);
    await client.query("set statement_timeout = 0");
    await client.query("select pg_advisory_lock(hashtextextended('migrate:' || current_schema(), 0))");
    return await applyMissing(client, files, options.log);
  } finally {
    // The connection holds the lock and timeouts of its own: it is closed, not returned.
    client.release(true);
  }
}

async function readMigrations(source: MigrationFile["source"], directory: URL): Promise<MigrationFile[]> {
  const folder = directory.href.endsWith("/") ? directory : new URL(`${directory.href}/`);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return await Promise.all(
    names.map(async (name) => {
      if (!fileName.test(name)) throw new MigrationError(`${name} is not named like 0001_what_it_does.sql`);
      const text = await readFile(new URL(name, folder), "utf8");
      return { source, name, text, checksum: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

async function applyMissing(
  client: pg.PoolClient,
  files: readonly MigrationFile[],
  log: Logger,
): Promise<string[]> {
  await client.query(`create table if not exists schema_migrations (
    source text not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (source, name)
  )`);
  const recorded = await client.query<{ source: string; name: string; checksum: string }>(
    "select source, name, checksum from schema_migrations",
  );
  const applied = new Map(recorded.rows.map((row) => [`${row.source}/${row.name}`, row.checksum]));
  const missing: MigrationFile[] = [];
  for (const file of files) {
    const checksum = applied.get(`${file.source}/${file.name}`);
    if (checksum === undefined) missing.push(file);
    else if (checksum !== file.checksum) {
      throw new MigrationError(
        `${file.source} migration ${file.name} was changed after it had been applied; write a new migration instead`,
      );
    }
  }
  for (const file of missing) await apply(client, file, log);
  return missing.map((file) => `${file.source}/${file.name}`);
}

async function apply(client: pg.PoolClient, file: MigrationFile, log: Logger): Promise<void> {
  const startedAt = performance.now();
  try {
    await client.query("begin");
    await client.query(file.text);
    await client.query("insert into schema_migrations (source, name, checksum) values ($1, $2, $3)", [
      file.source,
      file.name,
      file.checksum,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw new MigrationError(`${file.source} migration ${file.name} failed`, { cause: error });
  }
  const tookMs = Math.round(performance.now() - startedAt);
  log.info({ migration: `${file.source}/${file.name}`, tookMs }, "migration applied");
}
