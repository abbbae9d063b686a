/** What is personal goes; that something was booked, when, by which id and for how much, stays for the books. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { onArrival } from "@holdfast/contracts/api/paying";
import type { EventData } from "@holdfast/contracts/define-event";
import type { userErased } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import { lockCalendars, noteChange } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { noteStaleness } from "../feeds/due-feeds.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { offerFreed } from "../waitlist/offer-freed.ts";

export interface EraseDeps {
  readonly clock: Clock;
  readonly resources: ResourceCache;
}

/** Erases these people; again, where it was done, changes nothing. */
export function erasePeople(deps: EraseDeps) {
  return async (
    unit: UnitOfWork<BookingTables>,
    received: readonly Received<EventData<typeof userErased>>[],
  ): Promise<void> => {
    const userIds = [...new Set(received.map(({ data }) => data.userId))];
    // Calendars before what lies in them, as everywhere.
    await forgetPlacesAndFeeds(deps, unit, userIds);
    await forgetWords(unit.tx, userIds);
    const { tx } = unit;
    await sql`delete from quotes where customer_id = any(${userIds})`.execute(tx);
    await sql`update bookings set payment_method = null
      where customer_id = any(${userIds}) and payment_method <> ${onArrival} and status <> 'held'`.execute(
      tx,
    );
    await sql`delete from idempotency_keys where caller = any(${userIds})`.execute(tx);
  };
}

/** Nothing more is offered to them, and calendars of theirs are read no longer: the times those took are free. */
async function forgetPlacesAndFeeds(
  deps: EraseDeps,
  unit: UnitOfWork<BookingTables>,
  userIds: readonly Id<"usr">[],
): Promise<void> {
  const { tx } = unit;
  const { rows } = await sql<{ resource_id: Id<"res"> }>`
    select resource_id from calendars where calendar_id in (
      select calendar_id from waitlist where customer_id = any(${userIds}) and state = 'waiting'
      union select calendar_id from feeds where created_by = any(${userIds}))`.execute(tx);
  if (rows.length === 0) return;
  await lockCalendars(
    tx,
    rows.map((row) => row.resource_id),
  );
  await sql`update waitlist set state = 'left'
    where customer_id = any(${userIds}) and state = 'waiting'`.execute(tx);
  const deleted = await sql<{ calendar_id: number }>`delete from feeds
    where created_by = any(${userIds}) returning calendar_id`.execute(tx);
  const freed = [...new Set(deleted.rows.map((row) => row.calendar_id))].toSorted((a, b) => a - b);
  if (freed.length === 0) return;
  for (const calendarId of freed) await noteStaleness(tx, calendarId);
  await noteChange(tx, freed);
  await offerFreed(deps, unit, freed);
}

/** What was said about a guest's bookings, and what the vendor's people wrote about any. */
async function forgetWords(tx: Transaction<BookingTables>, userIds: readonly Id<"usr">[]): Promise<void> {
  await sql`update timeline set detail = (detail::jsonb - 'said')::json
    where detail::jsonb ? 'said' and booking_id in (
      select booking_id from bookings where customer_id = any(${userIds}))`.execute(tx);
  await sql`update timeline set detail = (detail::jsonb - 'said')::json
    where detail::jsonb ? 'said' and by = any(${userIds}) and booking_id in (
      select booking_id from bookings join vendor_members using (vendor_id)
      where user_id = any(${userIds}))`.execute(tx);
  await sql`update blocks set reason = 'Erased' where created_by = any(${userIds})`.execute(tx);
}
