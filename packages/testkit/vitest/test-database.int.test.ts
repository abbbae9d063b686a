import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "./test-database.ts";

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

test("each test database is empty, has every service's role, and is gone with its handle", async () => {
  let goneUrl: string;
  {
    await using first = await createTestDatabase();
    await using second = await createTestDatabase();
    await query(first.urlFor("booking"), "create table seen (n int)");
    await query(second.urlFor("booking"), "create table seen (n int)");
    expect(await query(first.urlFor("booking"), "select current_schema() as schema")).toEqual([
      { schema: "booking" },
    ]);
    goneUrl = first.adminUrl;
  }
  await expect(query(goneUrl, "select 1")).rejects.toThrow(/does not exist/);
});

test("one that starts like a service's has that service's tables for it alone, as its migrations left them", async () => {
  const kept = "select source, name, checksum from schema_migrations order by 1, 2";
  await using first = await createTestDatabase("catalog");
  await query(first.urlFor("catalog"), "delete from schema_migrations where name like '0001%'");
  await using second = await createTestDatabase("catalog");
  expect((await query(second.urlFor("catalog"), kept)).length).toBeGreaterThan(
    (await query(first.urlFor("catalog"), kept)).length,
  );
  await expect(query(second.urlFor("booking"), "select from catalog.resources")).rejects.toThrow(
    /permission denied for schema catalog/,
  );
  const schemas = "select distinct schemaname from pg_stat_user_tables";
  expect(await query(second.adminUrl, schemas)).toEqual([{ schemaname: "catalog" }]);
});
