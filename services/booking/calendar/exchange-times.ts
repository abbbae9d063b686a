/**
 * What a booking that moves takes beside what it has, and what of both it keeps in the end. Pure, one calendar at a time.
 * What counts is how many units are taken at each moment: where the times overlap, the same unit serves for both.
 */
import assert from "node:assert";
import type { BookingRow } from "../database.ts";
import { parseRange } from "./calendars.ts";
import type { TakenTime } from "./check-time.ts";
import type { Allocation, WantedTime } from "./free-units.ts";
import type { EpochMs } from "./opening-rules.ts";

/** The columns that say what a booking takes, buffers included. */
export type TakesTime = Pick<BookingRow, "calendar_id" | "during" | "quantity" | "also">;

/** Everything a booking takes, by calendar. */
export function timesByCalendar(booking: TakesTime): Map<number, WantedTime[]> {
  const { calendar_id: calendarId, during, quantity, also } = booking;
  const times = new Map<number, WantedTime[]>();
  for (const part of [{ calendarId, during, quantity }, ...also]) {
    const ofCalendar = times.get(part.calendarId) ?? [];
    ofCalendar.push({ ...parseRange(part.during), quantity: part.quantity });
    times.set(part.calendarId, ofCalendar);
  }
  return times;
}

/** What has to be taken beside `has` so that at each moment there is enough for `wants` too: no more than that. */
export function takenBeside(has: readonly WantedTime[], wants: readonly WantedTime[]): WantedTime[] {
  const beside: WantedTime[] = [];
  const open: { from: EpochMs; quantity: number }[] = [];
  let openUnits = 0;
  for (const { from: at } of segments([...has, ...wants])) {
    const more = Math.max(0, countAt(wants, at) - countAt(has, at));
    if (more > openUnits) open.push({ from: at, quantity: more - openUnits });
    for (let over = openUnits - more; over > 0;) {
      const last = open.at(-1);
      assert(last, "what is closed was opened");
      const quantity = Math.min(over, last.quantity);
      beside.push({ from: last.from, to: at, quantity });
      over -= quantity;
      last.quantity -= quantity;
      if (last.quantity === 0) open.pop();
    }
    openUnits = more;
  }
  return beside;
}

/** Of what is held, exactly so much as is wanted at each moment, on the units it lies on. */
export function cutToFit(held: readonly Allocation[], wants: readonly WantedTime[]): Allocation[] {
  const pieces: { from: EpochMs; to: EpochMs; unit: number }[] = [];
  let running = new Map<number, (typeof pieces)[number]>();
  for (const { from, to } of segments([...held, ...wants])) {
    const wanted = countAt(wants, from);
    const units = held.filter((one) => one.from <= from && from < one.to).map((one) => one.unit);
    assert(units.length >= wanted, "a booking holds at every moment what it is to have");
    // A unit that serves already goes on serving: nobody changes rooms without need.
    const kept = units
      .toSorted((a, b) => Number(running.has(b)) - Number(running.has(a)) || a - b)
      .slice(0, wanted);
    const next: typeof running = new Map();
    for (const unit of kept) {
      const piece = running.get(unit) ?? { from, to, unit };
      if (!running.has(unit)) pieces.push(piece);
      piece.to = to;
      next.set(unit, piece);
    }
    running = next;
  }
  return pieces;
}

/** The stretches between the moments at which anything begins or ends, and one of no length after the last. */
function segments(times: readonly TakenTime[]): TakenTime[] {
  const turns = [...new Set(times.flatMap(({ from, to }) => [from, to]))].toSorted((a, b) => a - b);
  return turns.map((from, index) => ({ from, to: turns[index + 1] ?? from }));
}

function countAt(times: readonly WantedTime[], at: EpochMs): number {
  return times.reduce((sum, one) => sum + (one.from <= at && at < one.to ? one.quantity : 0), 0);
}
