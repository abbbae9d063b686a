/** Units for times that somebody is to have, as the calendar lies or dealt anew; behind the calendar's lock. */
import type { Id } from "@holdfast/contracts/ids";
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { Transaction } from "kysely";
import type { BookingTables } from "../database.ts";
import { loadAllocations, rangeLiteral } from "./calendars.ts";
import { dealCalendarAnew } from "./deal-units.ts";
import { pickUnits, type Allocation, type WantedTime } from "./free-units.ts";

/** Times that a booking is to have of one calendar. */
export interface TimesToPlace {
  readonly bookingId: Id<"bkg">;
  readonly calendarId: number;
  readonly capacity: number;
  readonly wanted: readonly WantedTime[];
}

/** Takes the times for the booking; false, and nothing written, where they do not all fit. */
export async function placeTimes(tx: Transaction<BookingTables>, of: TimesToPlace): Promise<boolean> {
  const { bookingId, calendarId, capacity, wanted } = of;
  if (wanted.length === 0) return true;
  const stretches = wanted.map(({ from, to }) => ({ calendarId, from, to }));
  const taken = (await loadAllocations(tx, stretches)).get(calendarId) ?? [];
  const units =
    pickAll(taken, capacity, wanted) ?? (await dealCalendarAnew(tx, calendarId, { capacity, wanted }))?.units;
  if (!units) return false;
  await insertMany(
    tx,
    "allocations",
    wanted.flatMap((time, index) =>
      units[index]!.map((unit) => ({
        booking_id: bookingId,
        unit,
        calendar_id: calendarId,
        during: rangeLiteral(time),
      })),
    ),
  );
  return true;
}

/** Units that are free throughout, for each of the times; undefined where one of them finds too few. */
function pickAll(
  taken: readonly Allocation[],
  capacity: number,
  wanted: readonly WantedTime[],
): number[][] | undefined {
  const all = [...taken];
  const picked: number[][] = [];
  for (const time of wanted) {
    const units = pickUnits(all, capacity, time, time.quantity);
    if (!units) return undefined;
    picked.push(units);
    all.push(...units.map((unit) => ({ from: time.from, to: time.to, unit })));
  }
  return picked;
}
