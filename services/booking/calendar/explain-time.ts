/** Can a time be booked now, and if not, what stands in its way: all of it at once. */
import type { Clock } from "@holdfast/chassis/clock";
import { Problem } from "@holdfast/chassis/problem";
import type { BlockingReason } from "@holdfast/contracts/api/explain";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { AskedBooking } from "../bookings/asked-booking.ts";
import { countRoom } from "../bookings/find-room.ts";
import { loadSurroundings, type Surroundings } from "../bookings/surroundings.ts";
import type { BookingTables } from "../database.ts";
import { resourceNotBookable } from "../problems.ts";
import type { PublishedResource, ResourceCache } from "../resources/resource-cache.ts";
import type { CalendarRow } from "./calendars.ts";
import { takenBy } from "./check-time.ts";
import { explainRules } from "./explain-rules.ts";
import { inTheWay, loadTakers, takenReasons } from "./explain-taken.ts";
import { countFree } from "./free-units.ts";

export interface ExplainDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
  readonly resources: ResourceCache;
}

/** The time somebody would book. */
export interface TimeToExplain {
  readonly resourceId: Id<"res">;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly quantity: number;
  readonly people: number;
}

export interface Explanation {
  readonly bookable: boolean;
  readonly free: number;
  readonly capacity: number;
  readonly reasons: BlockingReason[];
}

/**
 * Whether it is bookable is decided by what decides on bookings; the reasons are then looked for one by one.
 * @throws resourceNotBookable where nothing was ever published under that id
 */
export async function explainTime(deps: ExplainDeps, of: TimeToExplain): Promise<Explanation> {
  const { resourceId, quantity, people } = of;
  const part = {
    resourceId,
    quantity,
    startsAt: Date.parse(of.startsAt),
    endsAt: Date.parse(of.endsAt),
  };
  const asked: AskedBooking = { parts: [part], people, extras: [] };
  const around = await loadSurroundings(deps, deps.db, [asked], { lock: false });
  const calendar = around.calendars.get(resourceId);
  const resource = around.resources.get(resourceId);
  if (!calendar || !resource) throw resourceNotBookable();
  const { capacity } = resource.snapshot.rules;
  const time = takenBy(resource.opening, part);
  const free = Math.max(0, countFree(around.taken.get(calendar.calendar_id) ?? [], capacity, time));
  const refusal = refusalOf(asked, around);
  if (!refusal) return { bookable: true, free, capacity, reasons: [] };
  const reasons = [
    ...(calendar.bookable ? [] : await whyClosed(deps.db, calendar)),
    ...explainRules(resource.opening, part, around.now.epochMilliseconds),
    ...explainNumbers(of, resource),
    ...(await explainTaken(deps.db, asked, { calendar, resource, around })),
  ];
  return { bookable: false, free, capacity, reasons: reasons.length > 0 ? reasons : [asReason(refusal)] };
}

/** What a booking of it would be refused with, if it would. */
function refusalOf(asked: AskedBooking, around: Surroundings): Problem | undefined {
  try {
    // Enough units free at every moment are enough: where labels alone stand in the way, units are dealt anew.
    countRoom(asked, around);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** A refusal that is none of the ordinary reasons: a price beyond what can be charged. */
function asReason(refusal: Problem): BlockingReason {
  return {
    code: refusal.errors?.[0]?.code ?? refusal.code,
    message: refusal.detail ?? refusal.title,
    detail: {},
  };
}

const closedSentences = {
  retired: "The resource takes no bookings any more.",
  "vendor-suspended": "The vendor takes no bookings at present.",
  "feed-stale": "Another calendar of the vendor could not be read for too long.",
} as const;

/** Why a published resource takes no bookings at all. */
async function whyClosed(db: Kysely<BookingTables>, calendar: CalendarRow): Promise<BlockingReason[]> {
  const { rows } = await sql<{ because: keyof typeof closedSentences }>`
    select unnest(array_remove(array[
        case when not r.bookable then 'retired' end,
        case when r.vendor_suspended then 'vendor-suspended' end,
        case when c.stale_at <= now() then 'feed-stale' end], null)) as because
      from calendars c join resources r using (resource_id)
      where c.calendar_id = ${calendar.calendar_id}`.execute(db);
  return rows.map(({ because }) => ({
    code: "resource-not-bookable",
    message: closedSentences[because],
    detail: { because },
  }));
}

/** More people, or more units, than there is room for even when nobody else comes. */
function explainNumbers(of: TimeToExplain, { snapshot: { rules } }: PublishedResource): BlockingReason[] {
  const reasons: BlockingReason[] = [];
  const peopleAtMost = rules.peoplePerUnit === null ? Infinity : rules.peoplePerUnit * of.quantity;
  if (of.people > peopleAtMost) {
    const message = `That many units take ${peopleAtMost} people at most.`;
    reasons.push({ code: "too-many-people", message, detail: { people: of.people, peopleAtMost } });
  }
  if (of.quantity > rules.capacity) {
    const message = "The resource has fewer units than that.";
    const detail = { quantity: of.quantity, capacity: rules.capacity };
    reasons.push({ code: "too-many-units", message, detail });
  }
  return reasons;
}

async function explainTaken(
  db: Kysely<BookingTables>,
  { parts: [part] }: AskedBooking,
  of: { readonly calendar: CalendarRow; readonly resource: PublishedResource; readonly around: Surroundings },
): Promise<BlockingReason[]> {
  const { capacity } = of.resource.snapshot.rules;
  const taken = of.around.taken.get(of.calendar.calendar_id) ?? [];
  const time = takenBy(of.resource.opening, part);
  return takenReasons(await loadTakers(db, inTheWay(taken, { capacity, quantity: part.quantity, time })));
}
