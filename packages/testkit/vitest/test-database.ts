import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { createDatabase, type PlatformDatabase } from "../servers/database.ts";

/** Above the time the first start takes, its `initdb` included. */
const startMs = 60_000;

/** A database of a test's own, gone with its handle. */
export type TestDatabase = PlatformDatabase & AsyncDisposable;

async function drop(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: startMs });
  await client.connect();
  try {
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  } finally {
    await client.end();
  }
}

/**
 * An empty database with every service's schema and role, on the Postgres that all test files of the project share.
 * A test that stops or kills Postgres starts its own instead.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const answer = await fetch(inject("sharedPostgresUrl"), { signal: AbortSignal.timeout(startMs) });
  const serverUrl = await answer.text();
  if (!answer.ok) throw new Error(`The tests' Postgres did not start: ${serverUrl}`);
  const name = `test_${randomBytes(8).toString("hex")}`;
  const database = await createDatabase({ adminUrl: serverUrl, name });
  return { ...database, [Symbol.asyncDispose]: () => drop(serverUrl, name) };
}
