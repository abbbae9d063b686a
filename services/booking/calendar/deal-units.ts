/** Dealing a calendar's units anew, in the database, where labels alone stand in the way. */
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import type { BookingTables } from "../database.ts";
import { loadAllocations, rangeLiteral } from "./calendars.ts";
import type { TakenTime } from "./check-time.ts";
import { countFree, dealAnew, type OwnedAllocation, type WantedTime } from "./free-units.ts";

/** Widenings at most; each takes in what overlaps what was found. */
const wideningsMost = 100;

/** A calendar's units, dealt anew around times that somebody wants. */
export interface DealtCalendar {
  /** The units of each wanted time, in their order; nothing is written for them yet. */
  readonly units: readonly (readonly number[])[];
  /** What lies around them, as it is now written. */
  readonly dealt: readonly OwnedAllocation[];
}

/**
 * Makes room for all of these times on one calendar, wherever enough units are free at every moment, and writes the
 * allocations around them under their new units: those of bookings and of blocks alike. Null, and nothing written, where
 * more is wanted than is free, or where what hangs together has no end. Behind the calendar's lock.
 */
export async function dealCalendarAnew(
  tx: Transaction<BookingTables>,
  calendarId: number,
  of: { readonly capacity: number; readonly wanted: readonly WantedTime[] },
): Promise<DealtCalendar | null> {
  const connected = await loadConnected(tx, calendarId, of.wanted);
  if (!connected) return null;
  const together = [
    ...connected.taken,
    ...of.wanted.flatMap((one) => Array.from({ length: one.quantity }, () => one)),
  ];
  if (of.wanted.some((one) => countFree(together, of.capacity, one) < 0)) return null;
  const { units, dealt } = dealAnew(connected.taken, of.wanted);
  const stretches = connected.stretches.map((one) => ({ during: rangeLiteral(one) }));
  await sql`
    delete from allocations a using json_to_recordset(${JSON.stringify(stretches)}) as w (during tstzrange)
    where a.calendar_id = ${calendarId} and a.during && w.during`.execute(tx);
  await insertMany(
    tx,
    "allocations",
    dealt.map((one) => ({
      ...ownerOf(one),
      unit: one.unit,
      calendar_id: calendarId,
      during: rangeLiteral(one),
    })),
  );
  return { units, dealt };
}

/** The columns that say whose an allocation is. */
function ownerOf({ ownerId }: OwnedAllocation): { booking_id: Id<"bkg"> | null; block_id: Id<"blk"> | null } {
  return ownerId.startsWith("blk_")
    ? { booking_id: null, block_id: ownerId as Id<"blk"> }
    : { booking_id: ownerId as Id<"bkg">, block_id: null };
}

/**
 * What overlaps the times, what overlaps that, and so on, with the stretches all of it lies in; null where that has no
 * end within the widenings allowed.
 */
async function loadConnected(
  tx: Transaction<BookingTables>,
  calendarId: number,
  times: readonly TakenTime[],
): Promise<{ readonly taken: OwnedAllocation[]; readonly stretches: readonly TakenTime[] } | null> {
  let stretches = merged(times);
  for (let widened = 0; widened <= wideningsMost; widened++) {
    const found = await loadAllocations(
      tx,
      stretches.map((one) => ({ calendarId, ...one })),
    );
    const taken = found.get(calendarId) ?? [];
    const wider = merged([...stretches, ...taken]);
    if (isSame(stretches, wider)) return { taken, stretches };
    stretches = wider;
  }
  return null;
}

/** The stretches that these times cover, in order, those that overlap as one. */
function merged(times: readonly TakenTime[]): TakenTime[] {
  const stretches: TakenTime[] = [];
  for (const { from, to } of times.toSorted((a, b) => a.from - b.from)) {
    const last = stretches.at(-1);
    if (last && from < last.to)
      stretches[stretches.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else stretches.push({ from, to });
  }
  return stretches;
}

function isSame(stretches: readonly TakenTime[], others: readonly TakenTime[]): boolean {
  return (
    stretches.length === others.length &&
    stretches.every((one, index) => one.from === others[index]!.from && one.to === others[index]!.to)
  );
}
