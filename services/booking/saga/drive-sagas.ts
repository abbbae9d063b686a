/** Brings messages to their sagas, many at a time: lock, decide each with `advance`, write one statement a table. */
import type { Clock } from "@holdfast/chassis/clock";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { Waiters } from "../bookings/waiters.ts";
import type { BookingRow, BookingTables } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { actionFor, advance } from "./advance.ts";
import type { SagaMessage } from "./changes.ts";
import { retakeSlots } from "./retake-slots.ts";
import { announceChange, SagaWrites } from "./write-sagas.ts";

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
  const retaken = await retakeSlots(unit.tx, deps.resources, {
    all: [...bookings.values()],
    late: lateBookings(bookings, deliveries),
    now: around.now,
  });
  const written = new SagaWrites();
  for (const { bookingId, message, traceparent } of deliveries) {
    const before = bookings.get(bookingId);
    if (!before) continue;
    const changes = advance(before, message, { ...around, slotIsFree: retaken.has(bookingId) });
    if (!changes) continue;
    const after = written.add(before, changes, around.now);
    bookings.set(bookingId, after);
    announceChange(unit, after, changes, { now: around.now, traceparent });
  }
  await written.apply(deps, unit);
  const changed = written.bookings;
  if (changed.size > 0) unit.afterCommit(() => deps.waiters.tell(changed.values()));
  return bookings;
}

async function lockBookings(
  unit: UnitOfWork<BookingTables>,
  deliveries: readonly SagaDelivery[],
): Promise<Map<string, BookingRow>> {
  const ids = [...new Set(deliveries.map((one) => one.bookingId))];
  // Not against those who only refer to the row: dealing a calendar's units anew writes allocations of others' bookings
  // behind its lock, which whoever has locked such a booking may be waiting for.
  const rows = await unit.tx
    .selectFrom("bookings")
    .selectAll()
    .where(sql<boolean>`booking_id = any(${ids})`)
    .orderBy("booking_id")
    .forNoKeyUpdate()
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
