/** A database of a test's own with one service's schema, brought up to date as at the service's start. */
import type { Emitter } from "@holdfast/contracts/define-event";
import { createTestDatabase } from "@holdfast/testkit/vitest/test-database";
import { type ChassisTables, type Database, openDatabase } from "./database.ts";
import { createLogger } from "./log.ts";
import { migrate } from "./migrate.ts";

/** Connects as the service; `migrations` is its folder, null for the machinery's tables alone. Gone when disposed of. */
export async function openMigratedDatabase<DB extends ChassisTables>(
  service: Emitter,
  migrations: URL | null = null,
): Promise<Database<DB>> {
  await using opening = new AsyncDisposableStack();
  const made = opening.use(await createTestDatabase(migrations === null ? "empty" : service));
  const log = createLogger("test", "silent");
  const url = made.urlFor(service);
  const { db, pool } = opening.use(openDatabase<DB>({ url, poolSize: 8, log, applicationName: "test" }));
  await migrate({ pool, directory: migrations, log });
  const opened = opening.move();
  return { db, pool, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
