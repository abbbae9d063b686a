import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { startHousekeeping } from "./housekeeping.ts";
import { createLogger } from "./log.ts";
import { openMigratedDatabase } from "./migrated-database.fixture.ts";
import { connectRedis } from "./redis.ts";

const log = createLogger("test", "silent");

test("keeps up with what is written, however much of it has served its time", async () => {
  await using owned = new AsyncDisposableStack();
  const { db, pool } = owned.use(await openMigratedDatabase("booking"));
  // Nobody is there: then every replica sweeps.
  const redis = owned.use(connectRedis({ url: "redis://127.0.0.1:1", log }));
  const sweep = owned.use(startHousekeeping({ name: "booking", db, redis, log, consumers: () => [] }));
  await pool.query(
    `insert into idempotency_keys (caller, key, request_hash, created_at)
     select 'usr', n::text, '', now() - interval '25 hours' from generate_series(1, 12000) n`,
  );
  await pool.query("insert into idempotency_keys (caller, key, request_hash) values ('usr', 'of today', '')");
  const letter = `insert into dead_letters (id, consumer, event_id, event_type, envelope, kind, error, deliveries, replayed_at)
    values ($1, 'c', 'e', 't', '{}', 'refused', '', 1, now() - $2::interval)`;
  await pool.query(letter, [newId("evt"), "31 days"]);
  await pool.query(letter, [newId("evt"), null]);
  await sweep.runNow();
  const keys = await pool.query<{ key: string }>("select key from idempotency_keys");
  expect(keys.rows).toEqual([{ key: "of today" }]);
  const letters = await pool.query("select replayed_at from dead_letters");
  expect(letters.rows).toEqual([{ replayed_at: null }]);
});
