import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { z } from "zod";
import { createDatabase, dropDatabase, type PlatformDatabase } from "../servers/database.ts";
import type { StartingPoint } from "./template-databases.ts";

/** Above the time the first start takes, its `initdb` included. */
const startMs = 60_000;
const answered = z.object({ adminUrl: z.string(), template: z.string() });

/** A database of a test's own, gone with its handle. */
export type TestDatabase = PlatformDatabase & AsyncDisposable;

/**
 * A database with every service's schema and role, on the Postgres that all test files of the project share: empty, or with
 * one service's tables as after its first start. A test that stops or kills Postgres starts its own instead.
 */
export async function createTestDatabase(start: StartingPoint = "empty"): Promise<TestDatabase> {
  const url = `${inject("testDatabasesUrl")}/${start}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(startMs) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The tests' Postgres did not start: ${text}`);
  const { adminUrl, template } = answered.parse(JSON.parse(text));
  const name = `test_${randomBytes(8).toString("hex")}`;
  const database = await createDatabase({ adminUrl, name, template });
  return { ...database, [Symbol.asyncDispose]: () => dropDatabase({ adminUrl, name }) };
}
