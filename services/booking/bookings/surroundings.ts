/** What deciding on bookings rests on: calendars, published resources, what is taken, promotion codes, the time. */
import type { Clock } from "@holdfast/chassis/clock";
import assert from "node:assert";
import type { Kysely, Transaction } from "kysely";
import {
  loadAllocations,
  lockCalendars,
  readCalendars,
  type CalendarRow,
  type CalendarStretch,
} from "../calendar/calendars.ts";
import type { OwnedAllocation } from "../calendar/free-units.ts";
import { minuteMs } from "../calendar/opening-rules.ts";
import type { BookingTables } from "../database.ts";
import { loadPromotions, type KnownPromotion } from "../promotions/known-promotions.ts";
import type { PublishedResource, ResourceCache } from "../resources/resource-cache.ts";
import type { AskedBooking, AskedPart } from "./asked-booking.ts";

/** Maps that a decision reads; what is decided is added to `taken` and `promotions` as it goes. */
export interface Surroundings {
  readonly now: Temporal.Instant;
  /** By resource. */
  readonly calendars: ReadonlyMap<string, CalendarRow>;
  /** By resource. */
  readonly resources: ReadonlyMap<string, PublishedResource>;
  /** By calendar: what overlaps any time that is asked for, buffers included. */
  readonly taken: Map<number, readonly OwnedAllocation[]>;
  /** By id: those that are named by a code, or by an id. */
  readonly promotions: Map<string, KnownPromotion>;
}

export interface SurroundingsOptions {
  /** Locks the calendars and the promotions until the transaction ends; for whoever is to write. */
  readonly lock: boolean;
  /** Whose earlier uses of promotion codes count. */
  readonly customers?: readonly string[];
  /** Quotes whose promotions are wanted, where a code is named: a code may have been changed since. */
  readonly quoteIds?: readonly string[];
  /** Promotions that are wanted by their ids, beside those whose codes are named. */
  readonly promotionIds?: readonly string[];
}

/** No booking is longer than this; what is asked to be longer is refused before anything is looked up for it. */
const longestMs = 400 * 1440 * minuteMs;

/** Loads what the askings rest on, with one statement a table; `db` is a transaction where it locks. */
export async function loadSurroundings(
  deps: { readonly clock: Clock; readonly resources: ResourceCache },
  db: Kysely<BookingTables>,
  asked: readonly AskedBooking[],
  options: SurroundingsOptions,
): Promise<Surroundings> {
  const parts = asked.flatMap((one) => one.parts);
  const resourceIds = [...new Set(parts.map((part) => part.resourceId))];
  const rows = await (options.lock
    ? lockCalendars(asTransaction(db), resourceIds)
    : readCalendars(db, resourceIds));
  const calendars = new Map<string, CalendarRow>(rows.map((row) => [row.resource_id, row]));
  const resources = await deps.resources.load(db, rows);
  const stretches = parts.flatMap((part) => stretchOf(part, calendars, resources) ?? []);
  const codes = asked.flatMap(({ parts: [main], promotionCode: code }) => {
    const vendorId = resources.get(main.resourceId)?.snapshot.vendorId;
    return code !== undefined && vendorId ? [{ vendorId, code }] : [];
  });
  const [taken, promotions] = await Promise.all([
    loadAllocations(db, stretches),
    loadPromotions(db, {
      codes,
      ids: options.promotionIds ?? [],
      quoteIds: options.quoteIds ?? [],
      customers: options.customers ?? [],
      lock: options.lock,
    }),
  ]);
  return { now: deps.clock.now(), calendars, resources, taken, promotions };
}

function asTransaction(db: Kysely<BookingTables>): Transaction<BookingTables> {
  assert(db.isTransaction, "what is locked is locked for a transaction");
  return db as Transaction<BookingTables>;
}

/** What the part would take of its calendar, buffers included; undefined where nobody could book it anyway. */
function stretchOf(
  part: AskedPart,
  calendars: Surroundings["calendars"],
  resources: Surroundings["resources"],
): CalendarStretch | undefined {
  const calendar = calendars.get(part.resourceId);
  const rules = resources.get(part.resourceId)?.snapshot.rules;
  const lengthMs = part.endsAt - part.startsAt;
  if (!calendar || !rules || lengthMs <= 0 || lengthMs > longestMs) return undefined;
  return {
    calendarId: calendar.calendar_id,
    from: part.startsAt - rules.bufferBeforeMinutes * minuteMs,
    to: part.endsAt + rules.bufferAfterMinutes * minuteMs,
  };
}

/** The same surroundings to try something in: what is added to them is kept only by `keepTried`. */
export function tryIn(around: Surroundings): Surroundings {
  return { ...around, taken: new Map(around.taken), promotions: new Map(around.promotions) };
}

/** What was added to `tried` is so. */
export function keepTried(around: Surroundings, tried: Surroundings): void {
  for (const [calendarId, taken] of tried.taken) around.taken.set(calendarId, taken);
  for (const [promotionId, promotion] of tried.promotions) around.promotions.set(promotionId, promotion);
}
