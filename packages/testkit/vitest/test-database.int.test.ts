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
