/** A payment that comes after its hold ended takes the slot again, where it is still free and has not begun. */
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { Transaction } from "kysely";
import { loadAllocations, lockCalendars, parseRange } from "../calendar/calendars.ts";
import { dealUnitsAnew } from "../calendar/deal-units.ts";
import { pickUnits } from "../calendar/free-units.ts";
import type { BookingRow, BookingTables } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";

/** Takes the slots of these bookings again and says which could be; one after the other, so that they see each other. */
export async function retakeSlots(
  tx: Transaction<BookingTables>,
  cache: ResourceCache,
  late: readonly BookingRow[],
  now: Temporal.Instant,
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  const ahead = late.filter((booking) => Date.parse(booking.starts_at) > now.epochMilliseconds);
  if (ahead.length === 0) return taken;
  const calendars = await lockCalendars(tx, [...new Set(ahead.map((one) => one.resource_id))]);
  const resources = await cache.load(tx, calendars);
  for (const booking of ahead) {
    const capacity = resources.get(booking.resource_id)?.snapshot.rules.capacity ?? 0;
    const units = await findUnits(tx, booking, capacity);
    if (!units) continue;
    const { booking_id, calendar_id, during } = booking;
    await insertMany(
      tx,
      "allocations",
      units.map((unit) => ({ booking_id, unit, calendar_id, during })),
    );
    taken.add(booking_id);
  }
  return taken;
}

async function findUnits(
  tx: Transaction<BookingTables>,
  booking: BookingRow,
  capacity: number,
): Promise<number[] | undefined> {
  const { calendar_id: calendarId, quantity } = booking;
  const time = parseRange(booking.during);
  const allocations = (await loadAllocations(tx, [{ calendarId, ...time }])).get(calendarId) ?? [];
  const inOnePiece = pickUnits(allocations, capacity, time, quantity);
  if (inOnePiece) return inOnePiece;
  const dealt = await dealUnitsAnew(tx, { calendarId, ...time }, { capacity, quantity });
  return dealt ? pickUnits(dealt, capacity, time, quantity) : undefined;
}
