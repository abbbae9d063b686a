import { createClock } from "@holdfast/chassis/clock";
import type { Database } from "@holdfast/chassis/database";
import { openMigratedDatabase } from "@holdfast/chassis/migrated-database.fixture";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPastForgetter } from "./calendar/forget-past.ts";
import type { BookingTables } from "./database.ts";
import { forgetQuotes } from "./quotes/forget-quotes.ts";

const clock = createClock({ test: true });
let database: Database<BookingTables>;

beforeAll(async () => {
  database = await openMigratedDatabase("booking", new URL("./migrations/", import.meta.url));
});
afterAll(() => database[Symbol.asyncDispose]());

const hoursAgo = (hours: number) => clock.now().subtract({ hours }).toString();
const only = async (query: string) =>
  (await database.pool.query<{ id: string }>(query)).rows.map(({ id }) => id);

test("a quote is forgotten a day after it expired, by business time, and not before", async () => {
  for (const [id, hours] of [
    ["recent", 23],
    ["old", 25],
  ] as const) {
    await database.pool.query(
      `insert into quotes values ($1, 'usr', 'res', now(), now() + '1 hour', 1, '[]', 0, 'EUR', '{}', $2)`,
      [id, hoursAgo(hours)],
    );
  }
  const deps = { db: database.db, clock };
  expect(await forgetQuotes(deps)).toBe(false);
  expect(await only("select quote_id as id from quotes")).toEqual(["recent"]);
  clock.moveTo(clock.now().add({ hours: 2 }));
  await forgetQuotes(deps);
  expect(await only("select quote_id as id from quotes")).toEqual([]);
});

test("what was taken is forgotten a month after its end, on every calendar, and nothing later is", async () => {
  const days = [
    ["long-ago", 40],
    ["lately", 20],
    ["ahead", -20],
  ] as const;
  // More calendars than one piece of the walk takes.
  await database.pool.query(
    `with made as (insert into resources select 'res_' || n, 'vnd', 1, true, '{}' from generate_series(1, 450) n returning resource_id)
     insert into calendars (resource_id) select resource_id from made`,
  );
  for (const [name, ago] of days) {
    const from = hoursAgo(ago * 24 + 1);
    await database.pool.query(
      `insert into bookings
         select $1 || calendar_id, calendar_id, resource_id, 'usr', 'vnd', '', '', 'UTC', 'confirmed', null, $2::timestamptz,
           $3::timestamptz, tstzrange($2, $3), 1, '[]', 0, 'EUR', '{}', null, now(), 0, 'done', null, null, null, 1, now(), null
         from calendars`,
      [`${name} `, from, hoursAgo(ago * 24)],
    );
  }
  await database.pool.query(
    "insert into allocations select booking_id, 1, calendar_id, during from bookings",
  );
  const forget = createPastForgetter({ db: database.db, clock });
  expect([await forget(), await forget(), await forget()]).toEqual([true, true, false]);
  const left = await only("select distinct split_part(booking_id, ' ', 1) as id from allocations order by 1");
  expect(left).toEqual(["ahead", "lately"]);
  expect(await only("select count(*) as id from allocations")).toEqual([900]);
});
