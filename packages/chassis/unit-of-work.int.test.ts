import { CompiledQuery, sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { insertMany, insertManyDeferred, updateMany, updateManyDeferred } from "./batch-sql.ts";
import type { ChassisTables, Database } from "./database.ts";
import { createLogger } from "./log.ts";
import { openMigratedDatabase } from "./migrated-database.fixture.ts";
import type { OutboxRow } from "./outbox.ts";
import { tested } from "./test-service.ts";
import { type Transact, createTransactor } from "./unit-of-work.ts";

interface Tables extends ChassisTables {
  things: { id: number; label: string; at: string | null; tags: unknown; big: number };
}

const log = createLogger("test", "silent");
let database: Database<Tables>;
let transact: Transact<Tables>;
let handedOver: OutboxRow[] = [];

beforeAll(async () => {
  database = await openMigratedDatabase("booking");
  const { db, pool } = database;
  await pool.query(
    "create table things (id integer primary key, label text not null, at timestamptz, tags jsonb, big bigint default 0)",
  );
  const outbox = { publishAtOnce: (rows: readonly OutboxRow[]) => void handedOver.push(...rows) };
  transact = createTransactor<Tables>({ db, outbox, log, name: "booking" });
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  handedOver = [];
  await database.pool.query("truncate things, outbox");
});

const announcement = { subject: "bkg_1", version: 1, data: { number: 7 }, time: Temporal.Now.instant() };
const thing = {
  id: 1,
  label: "one",
  at: "2026-12-01T15:00:00Z",
  tags: { a: ["b"] },
  big: 9_007_199_254_740_991,
};

async function stored(): Promise<{ id: string; subject: string; text: string }[]> {
  const found = await sql<{ id: string; subject: string; text: string }>`
    select id, subject, envelope::text as text from outbox order by id`.execute(database.db);
  return found.rows;
}

describe("a unit of work", () => {
  test("stores what it writes and what it announces together, and hands the stored text over", async () => {
    await transact(async (unit) => {
      await insertMany(unit.tx, "things", [thing]);
      unit.announce(tested, { ...announcement, traceparent: "00-1-2-01" });
      unit.announce(tested, announcement);
    });
    expect(await database.db.selectFrom("things").selectAll().execute()).toEqual([thing]);
    const rows = await stored();
    expect(rows).toHaveLength(2);
    expect(rows.map((row) => row.text)).toEqual(handedOver.map((row) => row.envelope));
    expect(JSON.parse(rows[0]!.text)).toEqual({
      specversion: "1.0",
      id: rows[0]!.id,
      source: "/services/booking",
      type: "booking.tested.v1",
      subject: "bkg_1",
      time: announcement.time.toString(),
      datacontenttype: "application/json",
      aggregateversion: 1,
      traceparent: "00-1-2-01",
      data: { number: 7 },
    });
  });

  test("leaves nothing behind when it fails after having announced", async () => {
    let after = 0;
    const failing = transact(async (unit) => {
      await insertManyDeferred(unit.tx, "things", [thing]);
      unit.announce(tested, announcement);
      unit.afterCommit(() => (after += 1));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await stored()).toEqual([]);
    expect(await database.db.selectFrom("things").selectAll().execute()).toEqual([]);
    expect(handedOver).toEqual([]);
    expect(after).toBe(0);
  });

  test("stores no event when the row it is about is refused", async () => {
    await transact((unit) => insertMany(unit.tx, "things", [thing]));
    const refused = transact(async (unit) => {
      unit.announce(tested, announcement);
      await insertManyDeferred(unit.tx, "things", [thing]);
    });
    await expect(refused).rejects.toMatchObject({ code: "23505", constraint: "things_pkey" });
    expect(await stored()).toEqual([]);
    expect(handedOver).toEqual([]);
  });

  test("tells the error of a deferred statement, not its consequence, at the next statement", async () => {
    const refused = transact(async (unit) => {
      await insertManyDeferred(unit.tx, "things", [thing, thing]);
      await unit.tx.selectFrom("things").selectAll().execute();
    });
    await expect(refused).rejects.toMatchObject({ code: "23505" });
    await transact((unit) => insertMany(unit.tx, "things", [thing]));
  });

  test("runs again after a deadlock, whole", async () => {
    await transact((unit) => insertMany(unit.tx, "things", [thing, { ...thing, id: 2 }]));
    const bothHoldOne = Promise.withResolvers<void>();
    let holding = 0;
    const lockBoth = (first: number, second: number) =>
      transact(async (unit) => {
        await unit.tx.updateTable("things").set({ label: "held" }).where("id", "=", first).execute();
        holding += 1;
        if (holding === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await unit.tx
          .updateTable("things")
          .set({ label: `${first}` })
          .where("id", "=", second)
          .execute();
        unit.announce(tested, announcement);
      });
    await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
    // Whoever runs again may take its row before the other one wakes, and meet it once more.
    expect(holding).toBeGreaterThanOrEqual(3);
    expect(await stored()).toHaveLength(2);
  });

  test("survives a column added while a statement that reads all columns is prepared", async () => {
    const readAll = () =>
      transact((unit) => unit.tx.executeQuery(CompiledQuery.raw("select * from things where id > $1", [0])));
    await transact((unit) => insertMany(unit.tx, "things", [thing]));
    for (let use = 0; use < 5; use += 1) await readAll();
    await database.pool.query("alter table things add column added text");
    try {
      expect((await readAll()).rows).toEqual([{ ...thing, added: null }]);
      expect((await readAll()).rows).toEqual([{ ...thing, added: null }]);
    } finally {
      await database.pool.query("alter table things drop column added");
    }
  });

  test("runs what waits for the commit after it, whatever one of them throws", async () => {
    const seen: string[] = [];
    await transact(async (unit) => {
      unit.afterCommit(() => {
        throw new Error("broken");
      });
      unit.afterCommit(() => seen.push("second"));
    });
    expect(seen).toEqual(["second"]);
  });

  test("may announce only its own service's events", async () => {
    const foreign = { ...tested, emitter: "payment" as const };
    await expect(transact(async (unit) => unit.announce(foreign, announcement))).rejects.toThrow(
      "belongs to payment",
    );
  });
});

describe("many rows at once", () => {
  const many = Array.from({ length: 100 }, (_, index) => ({
    ...thing,
    id: index + 1,
    label: `'${index}"\\`,
    at: null,
  }));

  test("are inserted and updated with one statement, each column in its own type", async () => {
    expect(await transact((unit) => insertMany(unit.tx, "things", many))).toBe(100);
    const changes = many.map(({ id }) => ({ id, at: "2027-01-01T00:00:00.5Z", tags: null }));
    expect(await transact((unit) => updateMany(unit.tx, "things", ["id"], changes))).toBe(100);
    await transact((unit) => updateManyDeferred(unit.tx, "things", ["id"], [{ id: 1, label: "first" }]));
    const rows = await database.db.selectFrom("things").selectAll().orderBy("id").execute();
    expect(rows[0]).toEqual({ ...many[0], label: "first", at: "2027-01-01T00:00:00.5Z", tags: null });
    expect(rows[99]).toEqual({ ...many[99], at: "2027-01-01T00:00:00.5Z", tags: null });
  });

  test("that conflict are left out where that is asked for", async () => {
    await transact((unit) => insertMany(unit.tx, "things", many.slice(0, 40)));
    const inserted = await transact((unit) => insertMany(unit.tx, "things", many, { skipConflicts: true }));
    expect(inserted).toBe(60);
  });

  test("need the same columns", async () => {
    const uneven = [many[0]!, { id: 2, label: "two" } as (typeof many)[0]];
    await expect(transact((unit) => insertMany(unit.tx, "things", uneven))).rejects.toThrow("same columns");
  });

  test("of none are no statement", async () => {
    expect(await transact((unit) => insertMany(unit.tx, "things", []))).toBe(0);
    expect(await transact((unit) => updateMany(unit.tx, "things", ["id"], []))).toBe(0);
  });
});
