/** Taking a place in the line for a time that is taken. */
import { Problem } from "@holdfast/chassis/problem";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { joinWaitlist as endpoint, WaitlistEntry } from "@holdfast/contracts/api/waitlist";
import { newId, type Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { z } from "zod";
import type { AskedBooking } from "../bookings/asked-booking.ts";
import { countRoom } from "../bookings/find-room.ts";
import { loadSurroundings, type Surroundings } from "../bookings/surroundings.ts";
import type { BookingTables } from "../database.ts";
import { noWaitlist, slotFree, slotTaken, waitlistFull } from "../problems.ts";
import type { OfferDeps } from "./offer-freed.ts";
import { readEntry } from "./list-waitlist.ts";

/** Places one guest may have at a time. */
const placesMost = 50;

type Asked = z.output<NonNullable<typeof endpoint.body>>;

/**
 * The guest's place in line; asking again for the same gives the same place.
 * @throws resourceNotBookable, timeNotBookable, tooManyPeople, slotFree, slotTaken (more than there ever are), noWaitlist,
 * waitlistFull
 */
export async function joinWaitlist(
  deps: OfferDeps,
  unit: UnitOfWork<BookingTables>,
  { asked, customerId }: { readonly asked: Asked; readonly customerId: Id<"usr"> },
): Promise<WaitlistEntry> {
  const { resourceId, startsAt, endsAt, quantity, people } = asked;
  const part = { resourceId, startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt), quantity };
  const booking: AskedBooking = { parts: [part], people, extras: [] };
  // Behind the calendar's lock, so that what becomes free is either seen here or sees who waits.
  const around = await loadSurroundings(deps, unit.tx, [booking], { lock: true });
  requireTaken(booking, around);
  const now = around.now.toString();
  await requirePlaces(unit, customerId);
  const { rows } = await sql<{ entry_id: Id<"wtl"> }>`
    insert into waitlist (entry_id, calendar_id, resource_id, customer_id, starts_at, ends_at, quantity, people, state, created_at)
    values (${newId("wtl")}, ${around.calendars.get(resourceId)!.calendar_id}, ${resourceId}, ${customerId},
      ${startsAt}, ${endsAt}, ${quantity}, ${people}, 'waiting', ${now})
    on conflict (customer_id, resource_id, starts_at, ends_at, quantity, people) where state = 'waiting'
      do update set people = excluded.people
    returning entry_id`.execute(unit.tx);
  return readEntry(unit.tx, rows[0]!.entry_id);
}

/** Is it a time that could be booked if it were not taken? */
function requireTaken(booking: AskedBooking, around: Surroundings): void {
  const [{ resourceId, quantity }] = booking.parts;
  const rules = around.resources.get(resourceId)?.snapshot.rules;
  if (rules?.waitlistHoldMinutes === 0) throw noWaitlist();
  if (rules && quantity > rules.capacity) throw slotTaken("There are never so many of it.");
  try {
    countRoom(booking, around);
  } catch (error) {
    if (error instanceof Problem && error.code === slotTaken.code) return;
    throw error;
  }
  throw slotFree();
}

async function requirePlaces({ tx }: UnitOfWork<BookingTables>, customerId: Id<"usr">): Promise<void> {
  const places = await tx
    .selectFrom("waitlist")
    .select("entry_id")
    .where("customer_id", "=", customerId)
    .where("state", "=", "waiting")
    .limit(placesMost)
    .execute();
  if (places.length === placesMost) throw waitlistFull(`You wait for ${placesMost} times already.`);
}
