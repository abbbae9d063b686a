import { chmod, mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlatformDatabase } from "./database.ts";
import { type PostgresHandle, startPostgres } from "./postgres.ts";
import { postgresPasswords, serviceNames } from "./services.ts";

let postgres: PostgresHandle;
let database: PlatformDatabase;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.createDatabase("platform");
});

afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("roles", () => {
  beforeAll(async () => {
    for (const service of serviceNames)
      await query(database.urlFor(service), "create table secrets (id int); insert into secrets values (1)");
  });

  test.each(
    serviceNames.flatMap((reader) =>
      serviceNames.filter((owner) => owner !== reader).map((owner) => [reader, owner] as const),
    ),
  )("%s cannot read what %s owns, nor write beside it", async (reader, owner) => {
    await expect(query(database.urlFor(reader), `select * from ${owner}.secrets`)).rejects.toMatchObject({
      code: "42501",
    });
    await expect(
      query(database.urlFor(reader), `create table ${owner}.intruder (id int)`),
    ).rejects.toMatchObject({ code: "42501" });
  });

  test.each(serviceNames)("%s finds its own tables without naming its schema", async (service) => {
    expect(
      await query(database.urlFor(service), "select current_schema() as schema, id from secrets"),
    ).toEqual([{ schema: service, id: 1 }]);
  });

  test.each(serviceNames)("%s can create in no schema but its own", async (service) => {
    for (const place of ["public", "extensions"]) {
      await expect(
        query(database.urlFor(service), `create table ${place}.intruder (id int)`),
      ).rejects.toMatchObject({ code: "42501" });
    }
    await expect(query(database.urlFor(service), `create schema intruder`)).rejects.toMatchObject({
      code: "42501",
    });
  });

  test("a service can refuse overlaps with btree_gist", async () => {
    const url = database.urlFor("booking");
    await query(
      url,
      "create table held (calendar text, during tstzrange, exclude using gist (calendar with =, during with &&))",
    );
    const hold = "insert into held values ('chair', '[2030-01-01, 2030-01-03)')";
    await query(url, hold);
    await expect(query(url, hold)).rejects.toMatchObject({ code: "23P01" });
  });

  test("a second run keeps the data, and a password with quotes and SQL in it is only a password", async () => {
    const hostile = `o'; drop schema auth cascade; --"$$\\' :'booking_password'`;
    const again = await postgres.createDatabase("platform", { ...postgresPasswords(), auth: hostile });
    try {
      expect(await query(again.urlFor("auth"), "select id from secrets")).toEqual([{ id: 1 }]);
      await expect(query(database.urlFor("auth"), "select 1")).rejects.toMatchObject({ code: "28P01" });
    } finally {
      await postgres.createDatabase("platform");
    }
    expect(await query(database.urlFor("auth"), "select id from secrets")).toEqual([{ id: 1 }]);
  });

  test("databases can be made side by side", async () => {
    const made = await Promise.all(
      ["a", "b", "c", 'odd "name"'].map((name) => postgres.createDatabase(name)),
    );
    for (const one of made)
      expect(await query(one.urlFor("payment"), "select current_schema() as schema")).toEqual([
        { schema: "payment" },
      ]);
  });
});

test("keeps what it committed through a stop and a kill -9, on the same port", async () => {
  const url = database.urlFor("catalog");
  await query(url, "create table kept (id int); insert into kept values (1)");
  await postgres.stop();
  await expect(query(url, "select 1")).rejects.toThrow(/ECONNREFUSED/);
  await postgres.start();
  await query(url, "insert into kept values (2)");
  await postgres.kill9();
  await postgres.start();
  expect(await query(url, "select id from kept order by id")).toEqual([{ id: 1 }, { id: 2 }]);
});

test("is as durable as production", async () => {
  expect(
    await query(
      postgres.adminUrl,
      "select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit",
    ),
  ).toEqual([{ fsync: "on", commit: "on" }]);
});

test("finds its data again below a folder nobody else may enter", async () => {
  const closed = await mkdtemp(join(tmpdir(), "holdfast-closed-"));
  await chmod(closed, 0o700);
  const dataDir = join(closed, "clone", ".holdfast");
  try {
    {
      await using first = await startPostgres({ dataDir });
      await query(first.adminUrl, "create table kept (id int)");
    }
    await using second = await startPostgres({ dataDir });
    expect(await query(second.adminUrl, "select * from kept")).toEqual([]);
  } finally {
    // As root, the data lie elsewhere and a link says where.
    const moved = await readlink(join(dataDir, "postgres")).catch(() => undefined);
    if (moved !== undefined) await rm(moved, { recursive: true, force: true });
    await rm(closed, { recursive: true, force: true });
  }
});
