/** Giving units to rooms that were found by count, where units have to be dealt anew around them. */
import type { Transaction } from "kysely";
import { dealCalendarAnew } from "../calendar/deal-units.ts";
import type { WantedTime } from "../calendar/free-units.ts";
import type { BookingTables } from "../database.ts";
import type { Room } from "./find-room.ts";
import { mapNonEmpty } from "./non-empty.ts";

/**
 * The same rooms with units, those of what lies around them dealt anew; null, and nothing written, where the bookings to
 * be dealt anew hang together without an end. Behind the calendars' locks, with nothing decided that is not yet written
 * but these rooms.
 */
export async function dealRooms(
  tx: Transaction<BookingTables>,
  rooms: readonly Room[],
): Promise<Room[] | null> {
  const units = new Map<number, (readonly number[])[]>();
  for (const [calendarId, { capacity, wanted }] of wantedByCalendar(rooms)) {
    const dealt = await dealCalendarAnew(tx, calendarId, { capacity, wanted });
    if (!dealt) return null;
    units.set(calendarId, [...dealt.units]);
  }
  // Each calendar's units come back in the order in which the parts asked for them.
  return rooms.map((room) => ({
    ...room,
    parts: mapNonEmpty(room.parts, (part) => ({
      ...part,
      units: units.get(part.calendar.calendar_id)!.shift()!,
    })),
  }));
}

interface Wanted {
  readonly capacity: number;
  readonly wanted: WantedTime[];
}

/** In the order of the calendars' ids. */
function wantedByCalendar(rooms: readonly Room[]): [number, Wanted][] {
  const byCalendar = new Map<number, Wanted>();
  for (const { calendar, resource, time, asked } of rooms.flatMap((room) => [...room.parts])) {
    const { capacity } = resource.snapshot.rules;
    const known = byCalendar.get(calendar.calendar_id) ?? { capacity, wanted: [] };
    known.wanted.push({ ...time.taken, quantity: asked.quantity });
    byCalendar.set(calendar.calendar_id, known);
  }
  return [...byCalendar].toSorted(([a], [b]) => a - b);
}
