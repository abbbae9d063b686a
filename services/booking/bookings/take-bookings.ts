/**
 * Taking bookings, many at a time: lock their calendars in id order, load what overlaps, decide each, write one
 * statement a table, commit once. Requests for one slot that meet in a batch are decided in the order they came.
 */
import type { Outcome } from "@holdfast/chassis/batcher";
import type { Clock } from "@holdfast/chassis/clock";
import { loadReplays, replayOrRefuse, storeAnswers } from "@holdfast/chassis/idempotency";
import type { KeyUse } from "@holdfast/chassis/key-use";
import { Problem, type JsonValue } from "@holdfast/chassis/problem";
import type { Id } from "@holdfast/contracts/ids";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import assert from "node:assert";
import type { BookingTables, QuoteRow } from "../database.ts";
import { slotTaken } from "../problems.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { seriesTaken } from "../series/series-answer.ts";
import { dealRooms } from "./deal-rooms.ts";
import { bookingsOf, placeRequest, type FindRoom, type Placed, type TakeRequest } from "./decide-booking.ts";
import { countRoom, findRoom, type Room } from "./find-room.ts";
import type { NewBooking } from "./new-booking.ts";
import { countHolds, noteHeld, requireAllowance, type GuestHolds } from "./hold-limit.ts";
import { loadSurroundings, type Surroundings } from "./surroundings.ts";
import { writeNewBookings } from "./write-bookings.ts";

export interface TakeBookingsDeps {
  readonly transact: Transact<BookingTables>;
  readonly clock: Clock;
  readonly resources: ResourceCache;
  /** Bookings that one guest may hold unpaid at a time; 0 for no limit. */
  readonly holdsPerGuest: number;
}

/** One request of a batch. */
export interface TakeBooking extends TakeRequest {
  readonly keyUse: KeyUse;
}

/**
 * What was taken now, or the answer stored by an earlier request with the same key. The answer to a single booking is
 * its id alone: a repetition is told how it stands now. That to a series is whole.
 */
export type Taken =
  | { readonly kind: "new"; readonly bookings: readonly NewBooking[]; readonly answer: JsonValue }
  | { readonly kind: "replayed"; readonly answer: JsonValue };

/** Decides on a batch of requests; a refused one leaves no trace and holds up no other. */
export async function takeBookings(
  deps: TakeBookingsDeps,
  requests: readonly TakeBooking[],
): Promise<Outcome<Taken>[]> {
  const decided = await takeBatch(deps, requests);
  const outcomes: Outcome<Taken>[] = [];
  for (const [index, outcome] of decided.entries()) {
    // Rare, so each in a transaction of its own: the units of its calendars are dealt anew.
    outcomes.push(outcome === "fragmented" ? await takeOneDealtAnew(deps, requests[index]!) : outcome);
  }
  return outcomes;
}

/** One transaction: all of these requests are decided and written, or none of them. */
async function takeBatch(
  deps: TakeBookingsDeps,
  requests: readonly TakeBooking[],
): Promise<(Outcome<Taken> | "fragmented")[]> {
  return deps.transact(async (unit) => {
    const known = await loadKnown(deps, unit, requests);
    const outcomes = requests.map((request, index) => settle(() => decide(request, index, known)));
    await write(unit, requests, outcomes, known.around.now);
    return outcomes;
  });
}

/** As `takeBatch` for one request whose room is found by count, and given units by dealing them anew. */
async function takeOneDealtAnew(deps: TakeBookingsDeps, request: TakeBooking): Promise<Outcome<Taken>> {
  return deps.transact(async (unit) => {
    const known = await loadKnown(deps, unit, [request]);
    const counted = settle(() => {
      const earlier = replayed(known, 0);
      return earlier ?? place(request, known, countRoom);
    });
    assert(counted !== "fragmented", "what is counted is not fragmented");
    if (!("value" in counted)) return counted;
    if ("kind" in counted.value) return { value: counted.value };
    const dealt = await dealPlaced(unit, counted.value);
    // Free at every moment, but the bookings to be dealt anew for it hang together without an end: that is not taken on.
    if (!dealt) return { problem: slotTaken() };
    const outcome = { value: taken(request, dealt, known) };
    await write(unit, [request], [outcome], known.around.now);
    return outcome;
  });
}

async function dealPlaced(
  { tx }: UnitOfWork<BookingTables>,
  placed: readonly Placed[],
): Promise<Placed[] | null> {
  const isRoom = (one: Placed): one is Room => !(one instanceof Problem);
  const rooms = await dealRooms(tx, placed.filter(isRoom));
  return rooms && placed.map((one) => (isRoom(one) ? rooms.shift()! : one));
}

interface BatchKnown {
  readonly around: Surroundings;
  readonly replays: Awaited<ReturnType<typeof loadReplays>>;
  readonly quotes: ReadonlyMap<string, QuoteRow>;
  readonly holds: GuestHolds;
}

async function loadKnown(
  deps: TakeBookingsDeps,
  { tx }: UnitOfWork<BookingTables>,
  requests: readonly TakeBooking[],
): Promise<BatchKnown> {
  const askings = requests.flatMap((request) => request.askings);
  const customers = [...new Set(requests.map((request) => request.customerId))];
  const quoteIds = requests.flatMap(({ quoteId }) => quoteId ?? []);
  // Sent together: the connection pipelines them, the guests' locks first, then the calendars'.
  const [holds, around, replays, quotes] = await Promise.all([
    countHolds(tx, customers, deps.holdsPerGuest),
    loadSurroundings(deps, tx, askings, { lock: true, customers, quoteIds }),
    loadReplays(
      tx,
      requests.map((request) => request.keyUse),
    ),
    loadQuotes(tx, quoteIds),
  ]);
  return { around, replays, quotes, holds };
}

async function loadQuotes(
  tx: UnitOfWork<BookingTables>["tx"],
  ids: readonly Id<"qte">[],
): Promise<Map<string, QuoteRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.selectFrom("quotes").selectAll().where("quote_id", "in", ids).execute();
  return new Map(rows.map((row) => [row.quote_id, row]));
}

/** @throws whatever `placeRequest` refuses with, tooManyHolds, and the refusals of a used key */
function decide(request: TakeBooking, index: number, known: BatchKnown): Taken | "fragmented" {
  const earlier = replayed(known, index);
  if (earlier) return earlier;
  const placed = place(request, known, findRoom);
  return placed === "fragmented" ? placed : taken(request, placed, known);
}

function replayed({ replays }: BatchKnown, index: number): Taken | undefined {
  const earlier = replayOrRefuse(replays[index]);
  return earlier && { kind: "replayed", answer: earlier.body ?? null };
}

function place(
  request: TakeBooking,
  { around, quotes, holds }: BatchKnown,
  find: FindRoom,
): Placed[] | "fragmented" {
  requireAllowance(holds, request.customerId, request.askings.length, around.now);
  return placeRequest(request, around, quotes, find);
}

function taken(
  request: TakeBooking,
  placed: readonly Placed[],
  { around, quotes, holds }: BatchKnown,
): Taken {
  const outcomes = bookingsOf(request, placed, quotes, around.now);
  const bookings = outcomes.filter((one): one is NewBooking => !(one instanceof Problem));
  noteHeld(holds, request.customerId, bookings.length);
  const answer = request.series
    ? seriesTaken(request.series, request.askings, outcomes, around.now)
    : { bookingId: bookings[0]!.row.booking_id };
  return { kind: "new", bookings, answer: answer as unknown as JsonValue };
}

function settle<T extends object>(decideOne: () => T | "fragmented"): Outcome<T> | "fragmented" {
  try {
    const decided = decideOne();
    return typeof decided === "string" ? decided : { value: decided };
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    throw error;
  }
}

async function write(
  unit: UnitOfWork<BookingTables>,
  requests: readonly TakeBooking[],
  outcomes: readonly (Outcome<Taken> | "fragmented")[],
  now: Temporal.Instant,
): Promise<void> {
  const fresh = outcomes.flatMap((outcome, index) =>
    typeof outcome === "object" && "value" in outcome && outcome.value.kind === "new"
      ? [{ taken: outcome.value, keyUse: requests[index]!.keyUse }]
      : [],
  );
  if (fresh.length === 0) return;
  await Promise.all([
    writeNewBookings(
      unit,
      fresh.flatMap((one) => one.taken.bookings),
      now,
    ),
    storeAnswers(
      unit.tx,
      fresh.map(({ taken: { answer }, keyUse }) => ({
        ...keyUse,
        answer: { status: 201, body: answer, headers: undefined },
      })),
    ),
  ]);
}
