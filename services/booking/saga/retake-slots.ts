/** A payment that comes after its hold ended takes the slot again, where it is still free and has not begun. */
import { sql, type Transaction } from "kysely";
import { lockCalendars } from "../calendar/calendars.ts";
import { timesByCalendar } from "../calendar/exchange-times.ts";
import { placeTimes } from "../calendar/place-times.ts";
import type { BookingRow, BookingTables } from "../database.ts";
import { usePromotions } from "../promotions/use-promotions.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";

/**
 * Takes the slots of the late bookings again and says which could be; one after the other, so that they see each other.
 * `all` are those that the transaction may change beside them: a calendar of theirs with a lower id comes first.
 */
export async function retakeSlots(
  tx: Transaction<BookingTables>,
  cache: ResourceCache,
  {
    all,
    late,
    now,
  }: {
    readonly all: readonly BookingRow[];
    readonly late: readonly BookingRow[];
    readonly now: Temporal.Instant;
  },
): Promise<ReadonlySet<string>> {
  const ahead = late.filter((booking) => Date.parse(booking.starts_at) > now.epochMilliseconds);
  if (ahead.length === 0) return new Set();
  const resourceIds = all.flatMap((one) => [one.resource_id, ...one.also.map((part) => part.resourceId)]);
  const calendars = await lockCalendars(tx, [...new Set(resourceIds)]);
  const resources = await cache.load(tx, calendars);
  const capacities = new Map(
    calendars.map((calendar) => [
      calendar.calendar_id,
      resources.get(calendar.resource_id)?.snapshot.rules.capacity ?? 0,
    ]),
  );
  const taken: BookingRow[] = [];
  for (const booking of ahead) if (await takeAgain(tx, booking, capacities)) taken.push(booking);
  // The price was agreed with the code, so its use counts again, whatever its limits are now.
  await usePromotions(tx, taken);
  return new Set(taken.map((one) => one.booking_id));
}

/** All that the booking takes, or nothing. */
async function takeAgain(
  tx: Transaction<BookingTables>,
  booking: BookingRow,
  capacities: ReadonlyMap<number, number>,
): Promise<boolean> {
  const { booking_id: bookingId } = booking;
  for (const [calendarId, wanted] of timesByCalendar(booking)) {
    const capacity = capacities.get(calendarId) ?? 0;
    if (await placeTimes(tx, { bookingId, calendarId, capacity, wanted })) continue;
    await sql`delete from allocations where booking_id = ${bookingId}`.execute(tx);
    return false;
  }
  return true;
}
