import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createTestDatabase, type TestDatabase } from "@holdfast/testkit/vitest/test-database";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ChassisTables, type Database, openDatabase } from "./database.ts";
import { createLogger } from "./log.ts";
import { migrate } from "./migrate.ts";

const log = createLogger("test", "silent");
let made: TestDatabase;
let url: string;
let database: Database<ChassisTables>;
let folder: string;

beforeEach(async () => {
  made = await createTestDatabase();
  url = made.urlFor("payment");
  database = openDatabase<ChassisTables>({ url, poolSize: 2, log, applicationName: "test" });
  folder = await mkdtemp(join(tmpdir(), "holdfast-migrations-"));
  await writeFile(
    join(folder, "0001_things.sql"),
    "create table things (id integer); insert into things values (1);",
  );
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await made[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const migrateNow = () => migrate({ pool: database.pool, directory: pathToFileURL(folder), log });

test("applies each migration once, the machinery's own first", async () => {
  expect(await migrateNow()).toEqual([
    "chassis/0001_machinery.sql",
    "chassis/0002_key_sets.sql",
    "chassis/0003_sealed_answers.sql",
    "service/0001_things.sql",
  ]);
  expect(await migrateNow()).toEqual([]);
  await writeFile(join(folder, "0002_more.sql"), "alter table things add column label text");
  expect(await migrateNow()).toEqual(["service/0002_more.sql"]);
  expect((await database.pool.query("select * from things")).rows).toEqual([{ id: 1, label: null }]);
});

test("applies each migration once when two processes start together", async () => {
  const script = `
    import { openDatabase } from ${JSON.stringify(import.meta.resolve("./database.ts"))};
    import { migrate } from ${JSON.stringify(import.meta.resolve("./migrate.ts"))};
    import { createLogger } from ${JSON.stringify(import.meta.resolve("./log.ts"))};
    const log = createLogger("test", "silent");
    await using database = openDatabase({ url: ${JSON.stringify(url)}, poolSize: 1, log, applicationName: "test" });
    const directory = new URL(${JSON.stringify(pathToFileURL(folder).href)});
    console.log(JSON.stringify(await migrate({ pool: database.pool, directory, log })));`;
  const run = promisify(execFile);
  const outputs = await Promise.all(
    [1, 2].map(() => run(process.execPath, ["--input-type=module", "--eval", script], { timeout: 30_000 })),
  );
  const applied = outputs.map(({ stdout }) => JSON.parse(stdout) as string[]);
  expect(applied.flat().toSorted()).toEqual([
    "chassis/0001_machinery.sql",
    "chassis/0002_key_sets.sql",
    "chassis/0003_sealed_answers.sql",
    "service/0001_things.sql",
  ]);
  expect((await database.pool.query("select id from things")).rows).toEqual([{ id: 1 }]);
});

test("refuses a migration that was changed after it had been applied", async () => {
  await migrateNow();
  await writeFile(join(folder, "0001_things.sql"), "create table things (id bigint)");
  await expect(migrateNow()).rejects.toThrow(/0001_things\.sql was changed after it had been applied/);
});

test("leaves nothing of a migration that fails, and goes on once it is mended", async () => {
  await writeFile(
    join(folder, "0002_broken.sql"),
    "create table half (id integer); select no_such_function();",
  );
  await expect(migrateNow()).rejects.toThrow("0002_broken.sql failed");
  expect((await database.pool.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }]);
  await writeFile(join(folder, "0002_broken.sql"), "create table half (id integer)");
  expect(await migrateNow()).toEqual(["service/0002_broken.sql"]);
});

test("refuses a file that is not named like a migration", async () => {
  await writeFile(join(folder, "things.sql"), "select 1");
  await expect(migrateNow()).rejects.toThrow("things.sql");
});
