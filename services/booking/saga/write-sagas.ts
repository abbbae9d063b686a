/** Everything a batch of sagas writes, gathered so that each table gets one statement. */
import { insertMany, insertManyDeferred, updateManyDeferred } from "@holdfast/chassis/batch-sql";
import type { Clock } from "@holdfast/chassis/clock";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import { bookingFacts } from "../bookings/booking-view.ts";
import { noteChange, rangeLiteral } from "../calendar/calendars.ts";
import { cutToFit, timesByCalendar } from "../calendar/exchange-times.ts";
import type { Allocation } from "../calendar/free-units.ts";
import type { BookingRow, BookingTables, TimelineRow } from "../database.ts";
import { giveBackPromotions } from "../promotions/give-back.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { offerFreed } from "../waitlist/offer-freed.ts";
import type { MoveColumns, SagaChanges } from "./changes.ts";

const moveColumns = [
  "starts_at",
  "ends_at",
  "during",
  "quantity",
  "people",
  "also",
  "lines",
  "total_minor",
  "change",
  "charges",
  "charged_prices",
  "balance",
  "balance_reminds_at",
] as const satisfies readonly (keyof MoveColumns)[];

export class SagaWrites {
  readonly bookings = new Map<string, BookingRow>();
  readonly #timeline: TimelineRow[] = [];
  readonly #moved = new Set<string>();
  readonly #released = new Set<string>();
  readonly #fitted = new Set<string>();
  readonly #unpromoted = new Set<string>();
  /** Calendars that changed; of those, the ones in which something became free. */
  readonly #touched = new Set<number>();
  readonly #freed = new Set<number>();

  /** Notes what the changes do to the booking, and answers with the booking as it then stands. */
  add(before: BookingRow, changes: SagaChanges, now: Temporal.Instant): BookingRow {
    const after: BookingRow = { ...before, ...changes.booking, version: before.version + 1 };
    const { booking_id: bookingId, version } = after;
    this.bookings.set(bookingId, after);
    this.#timeline.push({ booking_id: bookingId, version, at: now.toString(), ...changes.timeline });
    if (moveColumns.some((column) => column in changes.booking)) this.#moved.add(bookingId);
    if (cameToNothing(before, after)) this.#unpromoted.add(bookingId);
    this.#noteAllocation(after, changes.allocation);
    return after;
  }

  #noteAllocation(after: BookingRow, change: SagaChanges["allocation"]): void {
    if (change === "leave") return;
    if (change === "release") this.#released.add(after.booking_id);
    if (change === "fit") this.#fitted.add(after.booking_id);
    for (const calendarId of [after.calendar_id, ...after.also.map((part) => part.calendarId)]) {
      this.#touched.add(calendarId);
      if (change !== "taken") this.#freed.add(calendarId);
    }
  }

  async #release(tx: Transaction<BookingTables>): Promise<void> {
    if (this.#released.size === 0) return;
    await sql`delete from allocations where booking_id = any(${[...this.#released]})`.execute(tx);
  }

  #isMoved(row: BookingRow): boolean {
    return this.#moved.has(row.booking_id);
  }

  /** Writes it all; what became free is offered to whoever waits for it. */
  async apply(
    deps: { readonly clock: Clock; readonly resources: ResourceCache },
    unit: UnitOfWork<BookingTables>,
  ): Promise<void> {
    const { tx } = unit;
    const rows = [...this.bookings.values()];
    // Each row in one statement only: a second update of a row in one transaction has Postgres check its foreign keys
    // again, with a share lock on the calendar, and two who hold that deadlock when both lock it to change it.
    const [moved, others] = [
      rows.filter((row) => this.#isMoved(row)),
      rows.filter((row) => !this.#isMoved(row)),
    ];
    await updateManyDeferred(tx, "bookings", ["booking_id"], others.map(sagaColumnsOf));
    await updateManyDeferred(tx, "bookings", ["booking_id"], moved.map(allColumnsOf));
    await insertManyDeferred(tx, "timeline", this.#timeline);
    if (this.#touched.size === 0) return;
    // Sent together, the calendars' locks first: whoever has one may be about to deal these very allocations anew.
    await Promise.all([noteChange(tx, inOrder(this.#touched)), this.#release(tx)]);
    for (const row of rows) {
      const isFitted = this.#fitted.has(row.booking_id) && !this.#released.has(row.booking_id);
      if (isFitted) await fitAllocations(tx, row);
    }
    await giveBackPromotions(tx, [...this.#unpromoted]);
    if (this.#freed.size > 0) await offerFreed(deps, unit, inOrder(this.#freed));
  }
}

/** Tells everybody what happened to the booking. */
export function announceChange(
  unit: UnitOfWork<BookingTables>,
  after: BookingRow,
  { announce }: SagaChanges,
  about: { readonly now: Temporal.Instant; readonly traceparent?: string | undefined },
): void {
  if (!announce) return;
  unit.announce(announce.event, {
    subject: after.booking_id,
    version: after.version,
    data: { ...bookingFacts(after), ...announce.with },
    traceparent: about.traceparent ?? after.traceparent ?? undefined,
    time: about.now,
  });
}

/** Was a use of a promotion made for nothing? */
function cameToNothing(before: BookingRow, after: BookingRow): boolean {
  const wasOpen = before.status === "held" || before.status === "awaiting-approval";
  const isOver = ["declined", "expired", "cancelled"].includes(after.status);
  return after.promotion_id !== null && wasOpen && isOver;
}

/** Cuts what is held for the booking to what it has now. Its calendars are locked. */
async function fitAllocations(tx: Transaction<BookingTables>, booking: BookingRow): Promise<void> {
  const { booking_id: bookingId } = booking;
  const { rows } = await sql<Allocation & { readonly calendar_id: number }>`
    delete from allocations where booking_id = ${bookingId}
    returning calendar_id, unit,
      (extract(epoch from lower(during)) * 1000)::bigint as "from",
      (extract(epoch from upper(during)) * 1000)::bigint as "to"`.execute(tx);
  const fitted = [...timesByCalendar(booking)].flatMap(([calendarId, wanted]) => {
    const held = rows.filter((row) => row.calendar_id === calendarId);
    return cutToFit(held, wanted).map((piece) => ({
      booking_id: bookingId as Id<"bkg">,
      unit: piece.unit,
      calendar_id: calendarId,
      during: rangeLiteral(piece),
    }));
  });
  await insertMany(tx, "allocations", fitted);
}

function sagaColumnsOf(row: BookingRow) {
  return {
    booking_id: row.booking_id,
    status: row.status,
    reason: row.reason,
    keep_minor: row.keep_minor,
    goodwill_minor: row.goodwill_minor,
    saga_step: row.saga_step,
    step_deadline_at: row.step_deadline_at,
    parked_at: row.parked_at,
    parked_reason: row.parked_reason,
    version: row.version,
  };
}

function allColumnsOf(row: BookingRow): ReturnType<typeof sagaColumnsOf> & MoveColumns {
  return {
    ...sagaColumnsOf(row),
    starts_at: row.starts_at,
    ends_at: row.ends_at,
    during: row.during,
    quantity: row.quantity,
    people: row.people,
    also: row.also,
    lines: row.lines,
    total_minor: row.total_minor,
    change: row.change,
    charges: row.charges,
    charged_prices: row.charged_prices,
    balance: row.balance,
    balance_reminds_at: row.balance_reminds_at,
  };
}

function inOrder(calendarIds: ReadonlySet<number>): number[] {
  return [...calendarIds].toSorted((a, b) => a - b);
}
