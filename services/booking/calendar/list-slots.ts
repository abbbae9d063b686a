/** The slots of a resource that somebody could book now. */
import type { Clock } from "@holdfast/chassis/clock";
import type { RedisClient } from "@holdfast/chassis/redis";
import type { SlotView } from "@holdfast/contracts/api/booking";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { priceOf } from "../pricing/price.ts";
import { resourceNotBookable, windowTooLong } from "../problems.ts";
import type { PublishedResource, ResourceCache } from "../resources/resource-cache.ts";
import { loadAllocations, readCalendar, type CalendarRow } from "./calendars.ts";
import { checkLeadTime } from "./check-time.ts";
import { countFree } from "./free-units.ts";
import { listTimes, shortestLength, type ListedTime } from "./list-times.ts";
import { minuteMs } from "./opening-rules.ts";

export interface ListSlotsDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
  readonly redis: RedisClient;
  readonly resources: ResourceCache;
}

/** Which slots: dates in the resource's zone, both included, and how long each is to be. */
export interface SlotsAsked {
  readonly from: string;
  readonly to: string;
  readonly minutes?: number | undefined;
  readonly nights?: number | undefined;
  readonly quantity: number;
}

const windowDaysMax = 62;
const cacheSeconds = 300;

/**
 * Lists what is bookable and free. A listing is cached under the calendar's version, so it is never stale; what time
 * itself rules out since (notice, the past) is left out of a cached listing as it is read.
 * @throws resourceNotBookable, windowTooLong
 */
export async function listSlots(
  deps: ListSlotsDeps,
  resourceId: string,
  asked: SlotsAsked,
): Promise<{ zone: string; slots: SlotView[] }> {
  const from = Temporal.PlainDate.from(asked.from);
  const to = Temporal.PlainDate.from(asked.to);
  const days = from.until(to, { largestUnit: "days" }).days;
  if (days < 0 || days >= windowDaysMax) {
    const message =
      days < 0 ? "must not be before from" : `must be less than ${windowDaysMax} days after from`;
    throw windowTooLong(undefined, { errors: [{ field: "to", message }] });
  }
  const calendar = await readCalendar(deps.db, resourceId);
  const resource = calendar && (await deps.resources.load(deps.db, [calendar])).get(calendar.resource_id);
  if (!calendar?.bookable || !resource) throw resourceNotBookable();
  const length = lengthOf(resource, asked);
  const key = `slots:${resourceId}:${calendar.calendar_version}:${calendar.version}:${asked.from}:${asked.to}:${length}:${asked.quantity}`;
  const now = deps.clock.now().epochMilliseconds;
  const wholeWindow = await deps.redis.ifUp(async (redis) => parseCached(await redis.get(key)), undefined);
  const slots =
    wholeWindow ??
    (await computeSlots(deps, { calendar, resource, from, to, length, quantity: asked.quantity }));
  if (!wholeWindow) {
    await deps.redis.ifUp(async (redis) => redis.set(key, JSON.stringify(slots), "EX", cacheSeconds), null);
  }
  const bookable = slots.filter(
    (slot) => checkLeadTime(resource.opening, { startsAt: Date.parse(slot.startsAt) }, now) === undefined,
  );
  return { zone: resource.snapshot.rules.zone, slots: bookable };
}

function parseCached(text: string | null): SlotView[] | undefined {
  return text === null ? undefined : (JSON.parse(text) as SlotView[]);
}

function lengthOf(resource: PublishedResource, asked: SlotsAsked): number {
  const given = resource.snapshot.rules.availability.by === "nights" ? asked.nights : asked.minutes;
  return given ?? shortestLength(resource.opening);
}

interface Listing {
  readonly calendar: CalendarRow;
  readonly resource: PublishedResource;
  readonly from: Temporal.PlainDate;
  readonly to: Temporal.PlainDate;
  readonly length: number;
  readonly quantity: number;
}

async function computeSlots(deps: ListSlotsDeps, of: Listing): Promise<SlotView[]> {
  const { opening, snapshot } = of.resource;
  const times = listTimes(opening, of);
  const first = times.at(0);
  const last = times.at(-1);
  if (!first || !last) return [];
  const calendarId = of.calendar.calendar_id;
  const stretch = { calendarId, from: first.taken.from, to: last.taken.to };
  const taken = (await loadAllocations(deps.db, [stretch])).get(calendarId) ?? [];
  return times.flatMap((time) => {
    const free = countFree(taken, snapshot.rules.capacity, time.taken);
    if (free < of.quantity) return [];
    const price = priceOf(snapshot.rules.price, {
      zone: snapshot.rules.zone,
      startsAt: time.startsAt,
      endsAt: time.endsAt,
      length: time.length,
      quantity: of.quantity,
      people: 1,
      leadMinutes: Math.floor((time.startsAt - deps.clock.now().epochMilliseconds) / minuteMs),
      occupancyPercent: Math.floor((100 * (snapshot.rules.capacity - free)) / snapshot.rules.capacity),
      extras: [],
      promotion: null,
    });
    return typeof price === "string" ? [] : [slotView(time, free, price.total)];
  });
}

function slotView(time: ListedTime, free: number, price: SlotView["price"]): SlotView {
  return {
    startsAt: Temporal.Instant.fromEpochMilliseconds(time.startsAt).toString(),
    endsAt: Temporal.Instant.fromEpochMilliseconds(time.endsAt).toString(),
    date: time.date,
    free,
    price,
  };
}
