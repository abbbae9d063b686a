import type { Database } from "@holdfast/chassis/database";
import { openMigratedDatabase } from "@holdfast/chassis/migrated-database.fixture";
import { cursorOf } from "@holdfast/chassis/cursor";
import { newId } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BookingTables } from "../database.ts";
import { selectBookings, type BookingsAsked } from "./list-bookings.ts";

let database: Database<BookingTables>;
/** Ten of each, with 400 bookings each. */
const resourceIds = Array.from({ length: 10 }, () => newId("res"));
const vendorIds = Array.from({ length: 10 }, () => newId("vnd"));
const customerIds = Array.from({ length: 10 }, () => newId("usr"));
const seriesId = newId("ser");

beforeAll(async () => {
  database = await openMigratedDatabase("booking", new URL("../migrations/", import.meta.url));
  const { pool } = database;
  await pool.query(
    "insert into resources (resource_id, version, bookable) select unnest($1::text[]), 1, true",
    [resourceIds],
  );
  await pool.query("insert into calendars (resource_id) select unnest($1::text[])", [resourceIds]);
  await pool.query(
    `insert into bookings (booking_id, calendar_id, resource_id, customer_id, vendor_id, resource_title, vendor_name,
       zone, status, starts_at, ends_at, during, quantity, lines, total_minor, currency, cancellation, hold_expires_at,
       keep_minor, saga_step, version, created_at, series_id)
     select 'bkg_' || lpad(n::text, 26, '0'), calendar_id, resource_id, ($2::text[])[1 + n / 10 % 10],
       ($3::text[])[1 + n / 100 % 10], '', '', 'UTC', 'completed', at, at + interval '1 hour',
       tstzrange(at, at + interval '1 hour'), 1, '[]', 0, 'EUR', '{}', at, 0, 'done', 1, at,
       case when n % 400 = 0 then $4 end
     from generate_series(1, 4000) n
       join calendars on resource_id = ($1::text[])[1 + n % 10],
       lateral (select timestamptz '2026-01-01Z' + n * interval '1 hour' as at) t`,
    [resourceIds, customerIds, vendorIds, seriesId],
  );
  await pool.query("analyze bookings");
});
afterAll(() => database[Symbol.asyncDispose]());

/** The plan of a page, its nodes by name. */
async function planOf(asked: Partial<BookingsAsked>): Promise<string> {
  const query = selectBookings(database.db, { limit: 20, ...asked }).compile();
  const { rows } = await database.pool.query<{ "QUERY PLAN": string }>(`explain ${query.sql}`, [
    ...query.parameters,
  ]);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

const window = { from: "2026-02-01T00:00:00Z", to: "2026-03-01T00:00:00Z", status: "completed" } as const;
const after = cursorOf(`bkg_${"0".repeat(22)}3000`);

test.each([
  ["a guest's", "bookings_of_customer", { customerId: customerIds[3] }],
  ["a guest's, further on", "bookings_of_customer", { customerId: customerIds[3], after }],
  ["a vendor's", "bookings_of_vendor", { vendorId: vendorIds[3] }],
  ["a vendor's, in a window", "bookings_of_vendor", { vendorId: vendorIds[3], ...window }],
  ["a resource's", "bookings_of_resource", { resourceId: resourceIds[3] }],
  ["a series'", "bookings_of_series", { seriesId }],
  ["everybody's", "bookings_pkey", {}],
])(
  "%s page is read off one index in its order: nothing is scanned, nothing sorted",
  async (_, index, asked) => {
    const plan = await planOf(asked);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan|Bitmap|^Sort|-> {2}Sort/m);
  },
);

test("narrowed by several things, a page is what all of them leave, newest first", async () => {
  const asked = { limit: 5, vendorId: vendorIds[3], resourceId: resourceIds[4], ...window };
  const rows = await selectBookings(database.db, asked).execute();
  const { rows: expected } = await sql<{ booking_id: string }>`
    select booking_id from bookings where vendor_id = ${vendorIds[3]} and resource_id = ${resourceIds[4]}
      and tstzrange(${window.from}, ${window.to}) && tstzrange(starts_at, ends_at)
    order by booking_id desc limit 6`.execute(database.db);
  expect(expected.length).toBeGreaterThan(1);
  expect(rows.map((row) => row.booking_id)).toEqual(expected.map((row) => row.booking_id));
});
