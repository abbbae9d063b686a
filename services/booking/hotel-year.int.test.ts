/**
 * Years of a real hotel, booking by booking, on the real tables and use cases: every refusal is a true conflict, and the
 * money is right to the cent. Beside it `e2e/hotel-replay.e2e.test.ts` lives the first of these rows through the gateway.
 */
import type { Database } from "@holdfast/chassis/database";
import { openMigratedDatabase } from "@holdfast/chassis/migrated-database.fixture";
import { house, keptMinor, nightlyPrices, totalMinor } from "@holdfast/testkit/hotel/hotel-books";
import {
  countIndependently,
  hasDataSet,
  nightsOf,
  readHotelTrace,
  scarceCapacity,
  shift,
  type Stay,
} from "@holdfast/testkit/hotel/hotel-trace";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BookingTables } from "./database.ts";
import { Hotel, type Written } from "./hotel.fixture.ts";

/** All there are where the data set is at hand; a generated trace is long enough with fewer. */
const rows = hasDataSet() ? 9_999 : 2_000;

let database: Database<BookingTables>;
beforeAll(async () => {
  database = await openMigratedDatabase("booking", new URL("./migrations/", import.meta.url));
});
afterAll(() => database[Symbol.asyncDispose]());

test("all the hotel's bookings, cancellations and no-shows: refusals equal an independent count, revenue per night is right to the cent", async () => {
  const trace = await readHotelTrace(rows);
  const firstDay = Temporal.PlainDate.from(trace.stays[0]!.bookedOn);
  const tomorrow = Temporal.Now.plainDateISO(house.zone).add({ days: 1 });
  const stays = shift(trace.stays, firstDay.until(tomorrow, { largestUnit: "days" }).days);
  const capacity = scarceCapacity(stays);
  const expected = countIndependently(stays, capacity);
  const hotel = new Hotel(database, stays);
  await hotel.open(capacity);
  for (const [day, events] of hotel.days()) await hotel.live(day, events);
  await hotel.close();

  const refused = expected.taken.filter((taken) => !taken).length;
  expect(refused).toBeGreaterThan(rows / 100);
  expect(hotel.bookings.map((id) => id !== null)).toEqual(expected.taken);

  const written = await hotel.written();
  const status = (stay: Stay) => (stay.cancelledOn ? "cancelled" : stay.isNoShow ? "no-show" : "completed");
  const books = stays.map((stay, index) =>
    expected.taken[index]
      ? {
          status: status(stay),
          total_minor: totalMinor(stay),
          keep_minor: keptMinor(stay),
          saga_step: "done",
        }
      : null,
  );
  expect(written.map((row) => row && pick(row))).toEqual(books);
  expect(revenueOf(written)).toEqual(expectedRevenue(stays, expected.kept));
  expect(await occupancy()).toEqual(expectedOccupancy(stays, expected.kept));
}, 240_000);

const pick = ({ status, total_minor, keep_minor, saga_step }: Written) => ({
  status,
  total_minor,
  keep_minor,
  saga_step,
});

/** Nights that were not called off, in date order, with what their prices add up to. */
type ByNight = Map<string, number>;

/** By night, from the lines of the bookings: each base line is so many nights in a row, a rate is for every night. */
function revenueOf(written: readonly (Written | null)[]): ByNight {
  return sumByNight(
    written.flatMap((row) => {
      if (!row || row.status === "cancelled") return [];
      const base = row.lines.filter((line) => line.kind === "base");
      const nights = base.flatMap((line) => Array.from({ length: line.count }, () => line.unitAmountMinor));
      const rate = row.lines
        .filter((line) => line.kind === "extra")
        .reduce((sum, line) => sum + line.unitAmountMinor * line.quantity, 0);
      const arrival = Temporal.Instant.from(row.starts_at).toZonedDateTimeISO(house.zone).toPlainDate();
      return nights.map((price, i) => [arrival.add({ days: i }).toString(), price + rate] as const);
    }),
  );
}

function expectedRevenue(stays: readonly Stay[], kept: readonly boolean[]): ByNight {
  return sumByNight(
    stays.flatMap((stay, index) => {
      const prices = nightlyPrices(stay);
      return kept[index] ? nightsOf(stay).map((night, i) => [night, prices[i]!] as const) : [];
    }),
  );
}

function expectedOccupancy(stays: readonly Stay[], kept: readonly boolean[]): ByNight {
  return sumByNight(
    stays.flatMap((stay, index) => (kept[index] ? nightsOf(stay).map((night) => [night, 1] as const) : [])),
  );
}

/** Rooms taken by night, as the calendars themselves have them. */
async function occupancy(): Promise<ByNight> {
  const { rows: nights } = await database.pool.query<{ night: string; rooms: string }>(
    `select to_char(night, 'YYYY-MM-DD') as night, count(*) as rooms
     from allocations a, generate_series((lower(during) at time zone $1)::date, (upper(during) at time zone $1)::date - 1, '1 day') night
     group by 1`,
    [house.zone],
  );
  return sumByNight(nights.map((row) => [row.night, Number(row.rooms)] as const));
}

function sumByNight(entries: readonly (readonly [string, number])[]): ByNight {
  const sums = new Map<string, number>();
  for (const [night, amount] of entries) sums.set(night, (sums.get(night) ?? 0) + amount);
  return new Map([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
