/** What became free is offered to whoever waits for it, in the transaction that frees it: nobody can come in between. */
import type { Clock } from "@holdfast/chassis/clock";
import { Problem } from "@holdfast/chassis/problem";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { waitlistOffered } from "@holdfast/contracts/events/booking";
import { sql, type Selectable } from "kysely";
import type { AskedBooking } from "../bookings/asked-booking.ts";
import { bookingFacts } from "../bookings/booking-view.ts";
import { dealRooms } from "../bookings/deal-rooms.ts";
import { countRoom, findRoom, noteTaken, type Room } from "../bookings/find-room.ts";
import { newBookingRow, type NewBooking } from "../bookings/new-booking.ts";
import { loadSurroundings, type Surroundings } from "../bookings/surroundings.ts";
import { writeNewBookings } from "../bookings/write-bookings.ts";
import { minuteMs } from "../calendar/opening-rules.ts";
import type { BookingTables, WaitlistTable } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";

export interface OfferDeps {
  readonly clock: Clock;
  readonly resources: ResourceCache;
}

type Entry = Selectable<WaitlistTable>;

/** Entries looked at in one call; the sweep comes to those behind them. */
const lookedAtMost = 500;

/** Looks at the waiting lists of these calendars, whose rows the transaction has locked; first come, first served. */
export async function offerFreed(
  deps: OfferDeps,
  unit: UnitOfWork<BookingTables>,
  calendarIds: readonly number[],
): Promise<void> {
  if (calendarIds.length === 0) return;
  // The columns of `waitlist_in_line`, which holds nothing but those who wait: where nobody does, this is all there is.
  const { rows: entries } = await sql<Entry>`
    select * from waitlist where calendar_id = any(${calendarIds}) and state = 'waiting'
    order by entry_id limit ${lookedAtMost}`.execute(unit.tx);
  await offerTo(deps, unit, entries);
}

/** Offers each entry what it waits for, where that is free now. Behind the locks of their calendars. */
export async function offerTo(
  deps: OfferDeps,
  unit: UnitOfWork<BookingTables>,
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  const askings = new Map(entries.map((entry) => [entry.entry_id, askedOf(entry)]));
  const load = () => loadSurroundings(deps, unit.tx, [...askings.values()], { lock: true });
  let around = await load();
  for (const entry of entries) {
    const asked = askings.get(entry.entry_id)!;
    const found = roomFor(asked, entry, around);
    if (!found) continue;
    const room = found === "fragmented" ? await roomDealtAnew(unit, asked, around) : found;
    if (!room) continue;
    await offer(unit, entry, newOffer(room, entry, asked, around));
    // Others' units may have been dealt anew for it.
    if (found === "fragmented") around = await load();
    else noteTaken(room, around, entry.customer_id);
  }
}

function askedOf(entry: Entry): AskedBooking {
  const part = {
    resourceId: entry.resource_id,
    startsAt: Date.parse(entry.starts_at),
    endsAt: Date.parse(entry.ends_at),
    quantity: entry.quantity,
  };
  return { parts: [part], people: entry.people, extras: [] };
}

/** Room for the entry; null where its time is still taken, or the rules no longer allow it. */
function roomFor(asked: AskedBooking, entry: Entry, around: Surroundings): Room | "fragmented" | null {
  const rules = around.resources.get(entry.resource_id)?.snapshot.rules;
  if (!rules || rules.waitlistHoldMinutes === 0 || holdMinutes(rules.waitlistHoldMinutes, asked, around) < 1)
    return null;
  return unlessRefused(() => findRoom(asked, around));
}

/** The room after others' units were dealt anew around it; null where that has no end. */
async function roomDealtAnew(
  { tx }: UnitOfWork<BookingTables>,
  asked: AskedBooking,
  around: Surroundings,
): Promise<Room | null> {
  const counted = unlessRefused(() => countRoom(asked, around));
  const dealt = counted && (await dealRooms(tx, [counted]));
  return dealt?.[0] ?? null;
}

function unlessRefused<T>(find: () => T): T | null {
  try {
    return find();
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

/** The resource's hold for offers, but never past the start. */
function holdMinutes(waitlistHoldMinutes: number, asked: AskedBooking, { now }: Surroundings): number {
  const untilStart = Math.floor((asked.parts[0].startsAt - now.epochMilliseconds) / minuteMs);
  return Math.min(waitlistHoldMinutes, untilStart);
}

function newOffer(room: Room, entry: Entry, asked: AskedBooking, around: Surroundings): NewBooking {
  const { waitlistHoldMinutes } = room.parts[0].resource.snapshot.rules;
  return newBookingRow(room, {
    customerId: entry.customer_id,
    asked,
    now: around.now,
    holdMinutes: holdMinutes(waitlistHoldMinutes, asked, around),
    fromWaitlist: true,
  });
}

async function offer(unit: UnitOfWork<BookingTables>, entry: Entry, booking: NewBooking): Promise<void> {
  const { row } = booking;
  const now = Temporal.Instant.from(row.created_at);
  await writeNewBookings(unit, [booking], now);
  await unit.tx
    .updateTable("waitlist")
    .set({ state: "offered", booking_id: row.booking_id })
    .where("entry_id", "=", entry.entry_id)
    .execute();
  unit.announce(waitlistOffered, {
    subject: row.booking_id,
    version: row.version,
    data: { ...bookingFacts(row), entryId: entry.entry_id, holdExpiresAt: row.hold_expires_at },
    time: now,
  });
}
