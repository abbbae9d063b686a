/** Brings messages to their sagas, many at a time: lock, decide each with `advance`, write one statement a table. */
import { insertManyDeferred, updateManyDeferred } from "@holdfast/chassis/batch-sql";
import type { Clock } from "@holdfast/chassis/clock";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { bookingFacts } from "../bookings/booking-view.ts";
import type { Waiters } from "../bookings/waiters.ts";
import { lockCalendars, loadAllocations, noteChange, parseRange } from "../calendar/calendars.ts";
import { pickUnits } from "../calendar/free-units.ts";
import type { BookingRow, BookingTables, TimelineRow } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { actionFor, advance, type SagaChanges, type SagaMessage } from "./advance.ts";

/** A message with the booking it is for. */
export interface SagaDelivery {
  readonly bookingId: Id<"bkg">;
  readonly message: SagaMessage;
  readonly traceparent?: string | undefined;
}

export interface SagaDeps {
  readonly clock: Clock;
  readonly resources: ResourceCache;
  readonly waiters: Waiters;
}

/**
 * Advances the sagas the messages are for, in one transaction, and answers with their bookings as they then stand.
 * Messages to one booking act in the order given; ids that name no booking are left out of the answer.
 */
export async function driveSagas(
  deps: SagaDeps,
  unit: UnitOfWork<BookingTables>,
  deliveries: readonly SagaDelivery[],
): Promise<ReadonlyMap<string, BookingRow>> {
  const bookings = await lockBookings(unit, deliveries);
  const retakes = await findUnitsToRetake(deps, unit, bookings, deliveries);
  const around = { now: deps.clock.now(), machineNow: deps.clock.machineNow() };
  const written = new SagaWrites();
  for (const { bookingId, message, traceparent } of deliveries) {
    const before = bookings.get(bookingId);
    if (!before) continue;
    const units = retakes.get(bookingId);
    const changes = advance(before, message, { ...around, slotIsFree: units !== undefined });
    if (!changes) continue;
    const after: BookingRow = { ...before, ...changes.booking, version: before.version + 1 };
    bookings.set(bookingId, after);
    written.add(after, changes, around.now, units);
    if (changes.announce) {
      // One union member's event and its own fields: the table of actions pairs them, the type of the pair is lost here.
      const event = changes.announce.event as EventDefinition;
      unit.announce(event, {
        subject: bookingId,
        version: after.version,
        data: { ...bookingFacts(after), ...changes.announce.with },
        traceparent: traceparent ?? after.traceparent ?? undefined,
        time: around.now,
      });
    }
  }
  await written.apply(unit);
  const changed = written.bookings;
  if (changed.size > 0) unit.afterCommit(() => deps.waiters.tell(changed.values()));
  return bookings;
}

async function lockBookings(
  unit: UnitOfWork<BookingTables>,
  deliveries: readonly SagaDelivery[],
): Promise<Map<string, BookingRow>> {
  const ids = [...new Set(deliveries.map((one) => one.bookingId))];
  const rows = await unit.tx
    .selectFrom("bookings")
    .selectAll()
    .where(sql<boolean>`booking_id = any(${ids})`)
    .orderBy("booking_id")
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [row.booking_id, row]));
}

/** Units to take again for bookings whose payment came after their hold ended; none where the slot has gone. */
async function findUnitsToRetake(
  deps: SagaDeps,
  { tx }: UnitOfWork<BookingTables>,
  bookings: ReadonlyMap<string, BookingRow>,
  deliveries: readonly SagaDelivery[],
): Promise<Map<string, number[]>> {
  const late = [
    ...new Set(
      deliveries.flatMap(({ bookingId, message }) => {
        const booking = bookings.get(bookingId);
        return booking && actionFor(booking, message) === "retake" ? [booking] : [];
      }),
    ),
  ];
  const found = new Map<string, number[]>();
  if (late.length === 0) return found;
  const calendars = await lockCalendars(tx, [...new Set(late.map((one) => one.resource_id))]);
  const resources = await deps.resources.load(tx, calendars);
  const taken = await loadAllocations(
    tx,
    late.map((one) => ({ calendarId: one.calendar_id, ...parseRange(one.during) })),
  );
  for (const booking of late) {
    const capacity = resources.get(booking.resource_id)?.snapshot.rules.capacity ?? 0;
    const allocations = taken.get(booking.calendar_id) ?? [];
    const time = parseRange(booking.during);
    const units = pickUnits(allocations, capacity, time, booking.quantity);
    if (!units) continue;
    found.set(booking.booking_id, units);
    taken.set(booking.calendar_id, [
      ...allocations,
      ...units.map((unitNumber) => ({ unit: unitNumber, ...time })),
    ]);
  }
  return found;
}

/** Everything a batch of sagas writes, gathered so that each table gets one statement. */
class SagaWrites {
  readonly bookings = new Map<string, BookingRow>();
  readonly #timeline: TimelineRow[] = [];
  readonly #released = new Map<string, number>();
  readonly #taken: BookingTables["allocations"][] = [];

  add(
    after: BookingRow,
    changes: SagaChanges,
    now: Temporal.Instant,
    units: readonly number[] | undefined,
  ): void {
    this.bookings.set(after.booking_id, after);
    this.#timeline.push({
      booking_id: after.booking_id,
      version: after.version,
      at: now.toString(),
      ...changes.timeline,
    });
    if (changes.allocation === "release") this.#released.set(after.booking_id, after.calendar_id);
    if (changes.allocation === "take") {
      for (const unit of units ?? []) {
        this.#taken.push({
          booking_id: after.booking_id,
          unit,
          calendar_id: after.calendar_id,
          during: after.during,
        });
      }
    }
  }

  async apply({ tx }: UnitOfWork<BookingTables>): Promise<void> {
    const rows = [...this.bookings.values()].map((row) => ({
      booking_id: row.booking_id,
      status: row.status,
      reason: row.reason,
      keep_minor: row.keep_minor,
      saga_step: row.saga_step,
      step_deadline_at: row.step_deadline_at,
      parked_at: row.parked_at,
      parked_reason: row.parked_reason,
      version: row.version,
    }));
    await updateManyDeferred(tx, "bookings", ["booking_id"], rows);
    await insertManyDeferred(tx, "timeline", this.#timeline);
    await insertManyDeferred(tx, "allocations", this.#taken);
    if (this.#released.size > 0) {
      await sql`delete from allocations where booking_id = any(${[...this.#released.keys()]})`.execute(tx);
    }
    const touched = [...this.#released.values(), ...this.#taken.map((one) => one.calendar_id)];
    await noteChange(
      tx,
      [...new Set(touched)].toSorted((a, b) => a - b),
    );
  }
}
