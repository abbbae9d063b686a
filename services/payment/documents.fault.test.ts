import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKnown, paid } from "./documents/paid-bookings.fixture.ts";
import { type KillableWorld, startKillableWorld, type TestBooking } from "./payment-service.fixture.ts";

let world: KillableWorld;
beforeAll(async () => {
  world = await startKillableWorld();
}, 120_000);
afterAll(() => world[Symbol.asyncDispose]());

const many = 6;

test("killed again and again while it issues, payment leaves no gap, no second document, and nothing out", async () => {
  const bookings: TestBooking[] = [];
  for (let count = 0; count < many; count += 1) bookings.push(await paid(world));
  // All are one vendor's, so that their numbers are of one series; its issuing is slow enough to be killed in.
  const [{ vendorId }] = bookings as [TestBooking];
  for (const booking of bookings) makeKnown(world, { ...booking, vendorId });
  await world.sql.query(`
    create function slow_down() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
    create trigger slowed before insert on documents for each row execute function slow_down();`);
  const isIssuing = async () => {
    const { rowCount } = await world.sql.query(
      `select from pg_stat_activity
       where query like 'insert into "documents"%' and state <> 'idle' and datname = current_database()`,
    );
    return rowCount !== 0;
  };
  const takeUp = () =>
    world.sql.query("update document_causes set next_attempt_at = now() where next_attempt_at is not null");
  for (let kills = 0; kills < 3; kills += 1) {
    await takeUp();
    await until("payment to be in the middle of it", isIssuing);
    await world.kill();
    await world.start();
  }
  await takeUp();
  await until("everything to be issued", async () => {
    const { rows } = await world.sql.query<{ waiting: number }>(
      "select count(*)::integer as waiting from document_causes where document_id is null",
    );
    return rows[0]?.waiting === 0;
  });
  const { rows } = await world.sql.query<{ place: number; booking_id: string }>(
    "select place, booking_id from documents where vendor_id = $1 order by place",
    [vendorId],
  );
  expect(rows.map(({ place }) => place)).toEqual(bookings.map((_, index) => index + 1));
  expect(new Set(rows.map((row) => row.booking_id))).toEqual(new Set(bookings.map((one) => one.bookingId)));
  // Told of once each, in the same transaction.
  const told = await world.sql.query<{ many: number }>(
    "select count(*)::integer as many from outbox where subject = 'payment.document-issued.v1'",
  );
  expect(told.rows).toEqual([{ many }]);
});
