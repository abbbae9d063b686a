/** Busy times of a feed take units of its resource, each one, where one is free. */
import type { Clock } from "@holdfast/chassis/clock";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import { writeBlocks, type NewBlock } from "../blocks/write-blocks.ts";
import { loadAllocations } from "../calendar/calendars.ts";
import { dealCalendarAnew } from "../calendar/deal-units.ts";
import { pickUnits, type Allocation } from "../calendar/free-units.ts";
import type { BookingTables } from "../database.ts";
import type { BusyTime } from "./read-busy-times.ts";

/** Whose times they are, and what they are taken from. */
export interface TakenFor {
  readonly feedId: Id<"fed">;
  readonly calendarId: number;
  readonly capacity: number;
}

/** Times for which units are dealt anew, a sync, at most; the others wait for the next one. */
const dealtAnewMax = 100;

/**
 * Takes a unit for each time and answers with those for which none was free. Behind the calendar's lock; nothing that
 * lies there is moved to another time or taken away.
 */
export async function takeBusyTimes(
  tx: Transaction<BookingTables>,
  { clock }: { readonly clock: Clock },
  of: TakenFor,
  times: readonly BusyTime[],
): Promise<BusyTime[]> {
  const stretches = times.map((time) => ({ calendarId: of.calendarId, ...time }));
  const taken: Allocation[] = (await loadAllocations(tx, stretches)).get(of.calendarId) ?? [];
  const block = newBlocks(of, clock);
  const blocks: NewBlock[] = [];
  const left: BusyTime[] = [];
  for (const time of times) {
    const units = pickUnits(taken, of.capacity, time, 1);
    if (!units) left.push(time);
    else {
      blocks.push(block(time, units));
      taken.push({ ...time, unit: units[0]! });
    }
  }
  await writeBlocks(tx, blocks);
  const conflicts: BusyTime[] = [];
  for (const [index, time] of left.entries()) {
    const dealt =
      of.capacity > 1 && index < dealtAnewMax
        ? await dealCalendarAnew(tx, of.calendarId, {
            capacity: of.capacity,
            wanted: [{ from: time.from, to: time.to, quantity: 1 }],
          })
        : null;
    const units = dealt?.units[0];
    if (units) await writeBlocks(tx, [block(time, units)]);
    else conflicts.push(time);
  }
  return conflicts;
}

function newBlocks({ feedId, calendarId }: TakenFor, clock: Clock) {
  const createdAt = clock.now().round("millisecond").toString();
  const text = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString();
  return (time: BusyTime, units: readonly number[]): NewBlock => ({
    row: {
      block_id: newId("blk"),
      calendar_id: calendarId,
      feed_id: feedId,
      starts_at: text(time.from),
      ends_at: text(time.to),
      quantity: 1,
      reason: "Busy in another calendar",
      created_by: null,
      created_at: createdAt,
    },
    units,
  });
}
