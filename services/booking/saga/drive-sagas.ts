/** Brings messages to their sagas, many at a time: lock, decide each with `advance`, write one statement a table. */
import { insertManyDeferred, updateManyDeferred } from "@holdfast/chassis/batch-sql";
import type { Clock } from "@holdfast/chassis/clock";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { bookingFacts } from "../bookings/booking-view.ts";
import type { Waiters } from "../bookings/waiters.ts";
import { noteChange } from "../calendar/calendars.ts";
import type { BookingRow, BookingTables, TimelineRow } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { actionFor, advance, type SagaChanges, type SagaMessage } from "./advance.ts";
import { retakeSlots } from "./retake-slots.ts";

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
  const around = { now: deps.clock.now(), machineNow: deps.clock.machineNow() };
  const retaken = await retakeSlots(unit.tx, deps.resources, lateBookings(bookings, deliveries), around.now);
  const written = new SagaWrites();
  for (const { bookingId, message, traceparent } of deliveries) {
    const before = bookings.get(bookingId);
    if (!before) continue;
    const changes = advance(before, message, { ...around, slotIsFree: retaken.has(bookingId) });
    if (!changes) continue;
    const after: BookingRow = { ...before, ...changes.booking, version: before.version + 1 };
    bookings.set(bookingId, after);
    written.add(after, changes, around.now);
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

/** Bookings whose payment came after their hold ended, each once. */
function lateBookings(
  bookings: ReadonlyMap<string, BookingRow>,
  deliveries: readonly SagaDelivery[],
): BookingRow[] {
  const late = deliveries.flatMap(({ bookingId, message }) => {
    const booking = bookings.get(bookingId);
    return booking && actionFor(booking, message) === "retake" ? [booking] : [];
  });
  return [...new Set(late)];
}

/** Everything a batch of sagas writes, gathered so that each table gets one statement. */
class SagaWrites {
  readonly bookings = new Map<string, BookingRow>();
  readonly #timeline: TimelineRow[] = [];
  readonly #released: string[] = [];
  readonly #touched = new Set<number>();

  add(after: BookingRow, changes: SagaChanges, now: Temporal.Instant): void {
    this.bookings.set(after.booking_id, after);
    this.#timeline.push({
      booking_id: after.booking_id,
      version: after.version,
      at: now.toString(),
      ...changes.timeline,
    });
    if (changes.allocation === "release") this.#released.push(after.booking_id);
    if (changes.allocation !== "leave") this.#touched.add(after.calendar_id);
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
    if (this.#released.length > 0) {
      await sql`delete from allocations where booking_id = any(${this.#released})`.execute(tx);
    }
    await noteChange(
      tx,
      [...this.#touched].toSorted((a, b) => a - b),
    );
  }
}
