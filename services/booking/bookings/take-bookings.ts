/**
 * Taking bookings, many at a time: lock their calendars in id order, load what overlaps, decide each, write one
 * statement a table, commit once. Requests for one slot that meet in a batch are decided in the order they came.
 */
import assert from "node:assert";
import { insertManyDeferred } from "@holdfast/chassis/batch-sql";
import type { Outcome } from "@holdfast/chassis/batcher";
import type { Clock } from "@holdfast/chassis/clock";
import { loadReplays, replayOrRefuse, storeAnswers, type KeyUse } from "@holdfast/chassis/idempotency";
import { Problem } from "@holdfast/chassis/problem";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingRequest } from "@holdfast/contracts/api/booking";
import { bookingHeld } from "@holdfast/contracts/events/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import {
  loadAllocations,
  lockCalendars,
  noteChange,
  type CalendarRow,
  type CalendarStretch,
} from "../calendar/calendars.ts";
import { dealUnitsAnew } from "../calendar/deal-units.ts";
import type { Allocation } from "../calendar/free-units.ts";
import { minuteMs } from "../calendar/opening-rules.ts";
import type { BookingTables, QuoteRow } from "../database.ts";
import type { PublishedResource, ResourceCache } from "../resources/resource-cache.ts";
import { slotTaken } from "../problems.ts";
import { bookingFacts } from "./booking-view.ts";
import { askedTime, decideBooking, type NewBooking } from "./decide-booking.ts";

export interface TakeBookingsDeps {
  readonly transact: Transact<BookingTables>;
  readonly clock: Clock;
  readonly resources: ResourceCache;
}

/** One request of a batch. */
export interface TakeBooking {
  readonly asked: BookingRequest;
  readonly customerId: Id<"usr">;
  readonly traceparent: string;
  readonly keyUse: KeyUse;
}

/** A booking that was taken now, or by an earlier request with the same key. */
export type Taken =
  | { readonly kind: "new"; readonly booking: NewBooking }
  | { readonly kind: "replayed"; readonly bookingId: Id<"bkg"> };

/** Decides on a batch of requests; a refused one leaves no trace and holds up no other. */
export async function takeBookings(
  deps: TakeBookingsDeps,
  requests: readonly TakeBooking[],
): Promise<Outcome<Taken>[]> {
  const decided = await takeBatch(deps, requests, "as they lie");
  const outcomes: Outcome<Taken>[] = [];
  for (const [index, outcome] of decided.entries()) {
    // Rare, so each in a transaction of its own: the units of its calendar are dealt anew.
    outcomes.push(outcome === "fragmented" ? await takeOneDealtAnew(deps, requests[index]!) : outcome);
  }
  return outcomes;
}

async function takeOneDealtAnew(deps: TakeBookingsDeps, request: TakeBooking): Promise<Outcome<Taken>> {
  const [outcome] = await takeBatch(deps, [request], "dealt anew");
  assert(outcome, "one request has one outcome");
  // Free at every moment, but the bookings to be dealt anew for it hang together without an end: that is not taken on.
  return outcome === "fragmented" ? { problem: slotTaken() } : outcome;
}

/** One transaction: all of these requests are decided and written, or none of them. */
async function takeBatch(
  deps: TakeBookingsDeps,
  requests: readonly TakeBooking[],
  units: "as they lie" | "dealt anew",
): Promise<(Outcome<Taken> | "fragmented")[]> {
  return deps.transact(async (unit) => {
    const known = await loadKnown(deps, unit, requests);
    if (units === "dealt anew") await makeRoom(unit, requests[0]!, known);
    const outcomes = requests.map((request, index) => settle(() => decide(request, index, known)));
    const taken = outcomes.flatMap((outcome, index) =>
      typeof outcome === "object" && "value" in outcome && outcome.value.kind === "new"
        ? [{ ...outcome.value.booking, keyUse: requests[index]!.keyUse }]
        : [],
    );
    await write(unit, taken, known.now);
    return outcomes;
  });
}

/** Deals the calendar's units anew around the asked time, where they are what stands in its way. */
async function makeRoom(
  { tx }: UnitOfWork<BookingTables>,
  { asked }: TakeBooking,
  known: BatchKnown,
): Promise<void> {
  const calendar = known.calendars.get(asked.resourceId);
  const rules = known.resources.get(asked.resourceId)?.snapshot.rules;
  if (!calendar || !rules) return;
  const { capacity } = rules;
  const dealt = await dealUnitsAnew(tx, stretchOf(asked, calendar, rules), {
    capacity,
    quantity: asked.quantity,
  });
  if (dealt) known.taken.set(calendar.calendar_id, dealt);
}

/** What the asked time would take of the calendar, buffers included. */
function stretchOf(asked: BookingRequest, calendar: CalendarRow, rules: ResourceRules): CalendarStretch {
  const { startsAt, endsAt } = askedTime(asked);
  return {
    calendarId: calendar.calendar_id,
    from: startsAt - rules.bufferBeforeMinutes * minuteMs,
    to: endsAt + rules.bufferAfterMinutes * minuteMs,
  };
}

interface BatchKnown {
  readonly now: Temporal.Instant;
  readonly replays: Awaited<ReturnType<typeof loadReplays>>;
  readonly calendars: ReadonlyMap<string, CalendarRow>;
  readonly resources: ReadonlyMap<string, PublishedResource>;
  /** By calendar; what the batch itself takes is added as it goes. */
  readonly taken: Map<number, Allocation[]>;
  readonly quotes: ReadonlyMap<string, QuoteRow>;
}

async function loadKnown(
  deps: TakeBookingsDeps,
  { tx }: UnitOfWork<BookingTables>,
  requests: readonly TakeBooking[],
): Promise<BatchKnown> {
  // Sent together: the connection pipelines them, in this order.
  const [calendars, replays, quotes] = await Promise.all([
    lockCalendars(tx, [...new Set(requests.map(({ asked }) => asked.resourceId))]),
    loadReplays(
      tx,
      requests.map((request) => request.keyUse),
    ),
    loadQuotes(tx, requests),
  ]);
  const byResource = new Map<string, CalendarRow>(calendars.map((row) => [row.resource_id, row]));
  const resources = await deps.resources.load(tx, calendars);
  const stretches = requests.flatMap(({ asked }) => {
    const calendar = byResource.get(asked.resourceId);
    const rules = resources.get(asked.resourceId)?.snapshot.rules;
    return calendar && rules ? [stretchOf(asked, calendar, rules)] : [];
  });
  const taken = await loadAllocations(tx, stretches);
  return { now: deps.clock.now(), replays, calendars: byResource, resources, taken, quotes };
}

async function loadQuotes(
  tx: UnitOfWork<BookingTables>["tx"],
  requests: readonly TakeBooking[],
): Promise<Map<string, QuoteRow>> {
  const ids = requests.flatMap(({ asked }) => asked.quoteId ?? []);
  if (ids.length === 0) return new Map();
  const rows = await tx.selectFrom("quotes").selectAll().where("quote_id", "in", ids).execute();
  return new Map(rows.map((row) => [row.quote_id, row]));
}

/** @throws whatever `decideBooking` refuses with, and the refusals of a used key */
function decide(request: TakeBooking, index: number, known: BatchKnown): Taken | "fragmented" {
  const earlier = replayOrRefuse(known.replays[index]);
  if (earlier) return { kind: "replayed", bookingId: (earlier.body as { bookingId: Id<"bkg"> }).bookingId };
  const { asked } = request;
  const calendar = known.calendars.get(asked.resourceId);
  const taken = calendar ? (known.taken.get(calendar.calendar_id) ?? []) : [];
  const booking = decideBooking(asked, request, {
    calendar,
    resource: known.resources.get(asked.resourceId),
    taken,
    quote: asked.quoteId === undefined ? undefined : known.quotes.get(asked.quoteId),
    now: known.now,
  });
  if (booking === "fragmented") return booking;
  const added = booking.units.map((unit) => ({ unit, ...booking.time.taken }));
  known.taken.set(booking.row.calendar_id, [...taken, ...added]);
  return { kind: "new", booking };
}

function settle(decideOne: () => Taken | "fragmented"): Outcome<Taken> | "fragmented" {
  try {
    const decided = decideOne();
    return decided === "fragmented" ? decided : { value: decided };
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    throw error;
  }
}

async function write(
  unit: UnitOfWork<BookingTables>,
  taken: readonly (NewBooking & { keyUse: KeyUse })[],
  now: Temporal.Instant,
): Promise<void> {
  if (taken.length === 0) return;
  const { tx } = unit;
  const rows = taken.map(({ row }) => row);
  await insertManyDeferred(tx, "bookings", rows);
  await insertManyDeferred(
    tx,
    "allocations",
    taken.flatMap(({ row, units }) =>
      units.map((one) => ({
        booking_id: row.booking_id,
        unit: one,
        calendar_id: row.calendar_id,
        during: row.during,
      })),
    ),
  );
  await insertManyDeferred(
    tx,
    "timeline",
    rows.map((row) => ({
      booking_id: row.booking_id,
      version: 1,
      at: row.created_at,
      what: "held",
      by: row.customer_id,
      detail: { holdExpiresAt: row.hold_expires_at },
    })),
  );
  for (const row of rows) {
    unit.announce(bookingHeld, {
      subject: row.booking_id,
      version: 1,
      data: {
        ...bookingFacts(row),
        holdExpiresAt: row.hold_expires_at,
        ...(row.payment_method === null ? undefined : { paymentMethod: row.payment_method }),
      },
      traceparent: row.traceparent ?? undefined,
      time: now,
    });
  }
  await Promise.all([
    storeAnswers(
      tx,
      taken.map(({ row, keyUse }) => ({
        ...keyUse,
        answer: { status: 201, body: { bookingId: row.booking_id }, headers: undefined },
      })),
    ),
    noteChange(
      tx,
      [...new Set(rows.map((row) => row.calendar_id))].toSorted((a, b) => a - b),
    ),
  ]);
}
