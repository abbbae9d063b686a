import { expect, test } from "vitest";
import type { ChassisTables } from "./database.ts";
import { openMigratedDatabase } from "./migrated-database.fixture.ts";

const update = `update things t set note = v.note
  from json_populate_recordset(null::things, $1) v where t.id = v.id`;

test("the plan of an update that an empty table would keep finds rows by their keys, and reads no table whole", async () => {
  await using database = await openMigratedDatabase<ChassisTables>("booking");
  const client = await database.pool.connect();
  try {
    await client.query("create table things (id text primary key, note text)");
    await client.query("set plan_cache_mode = force_generic_plan");
    await client.query(`prepare kept (json) as ${update}`);
    const { rows } = await client.query<{ "QUERY PLAN": string }>("explain execute kept ('[]')");
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toMatch(/Index Cond: \(+(t\.)?id = /);
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join/);
  } finally {
    client.release();
  }
});
