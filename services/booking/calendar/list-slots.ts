/** The slots of a resource that somebody could book now. */
import type { Clock } from "@holdfast/chassis/clock";
import type { RedisClient } from "@holdfast/chassis/redis";
import type { SlotView } from "@holdfast/contracts/api/booking";
import type { PriceRule } from "@holdfast/contracts/price-rules";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import {
  dependsOnLeadTime,
  leadMinutes,
  occupancyPercent,
  pricerOf,
  type PriceContext,
} from "../pricing/price.ts";
import { resourceNotBookable, windowTooLong } from "../problems.ts";
import type { PublishedResource, ResourceCache } from "../resources/resource-cache.ts";
import type { BusyStore } from "./busy-store.ts";
import { readCalendar, type CalendarRow } from "./calendars.ts";
import { checkLeadTime } from "./check-time.ts";
import { instantText } from "./instant-text.ts";
import { listTimes, shortestLength, type ListedTime } from "./list-times.ts";
import type { EpochMs } from "./opening-rules.ts";

export interface ListSlotsDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
  readonly redis: RedisClient;
  readonly resources: ResourceCache;
  readonly busy: BusyStore;
}

/** Which slots: dates in the resource's zone, both included, how long each is to be, and for how many. */
export interface SlotsAsked {
  readonly from: string;
  readonly to: string;
  readonly minutes?: number | undefined;
  readonly nights?: number | undefined;
  readonly quantity: number;
  readonly people: number;
}

const windowDaysMax = 62;
const cacheSeconds = 300;

/**
 * Lists what is bookable and free. A listing is cached under the calendar's version, so it is never stale; what time
 * itself changes since (notice, the past, prices by lead time) is worked out as a cached listing is read.
 * @throws resourceNotBookable, windowTooLong
 */
export async function listSlots(
  deps: ListSlotsDeps,
  resourceId: string,
  asked: SlotsAsked,
): Promise<{ zone: string; slots: SlotView[] }> {
  const { from, to } = windowOf(asked);
  const calendar = await readCalendar(deps.db, resourceId);
  const resource = calendar && (await deps.resources.load(deps.db, [calendar])).get(calendar.resource_id);
  if (!calendar?.bookable || !resource) throw resourceNotBookable();
  const { zone } = resource.snapshot.rules;
  if (!hasRoomFor(asked, resource)) return { zone, slots: [] };
  const length = lengthOf(resource, asked);
  const listing = { calendar, resource, from, to, length, quantity: asked.quantity, people: asked.people };
  const now = deps.clock.now().epochMilliseconds;
  const whole = await loadListing(deps, listing, now);
  const bookable = whole.filter(
    (slot) => checkLeadTime(resource.opening, { startsAt: Date.parse(slot.startsAt) }, now) === undefined,
  );
  return { zone, slots: pricedNow(bookable, listing, now) };
}

/** @throws windowTooLong */
function windowOf(asked: SlotsAsked): Pick<Listing, "from" | "to"> {
  const from = Temporal.PlainDate.from(asked.from);
  const to = Temporal.PlainDate.from(asked.to);
  const days = from.until(to, { largestUnit: "days" }).days;
  if (days >= 0 && days < windowDaysMax) return { from, to };
  const message = days < 0 ? "must not be before from" : `must be less than ${windowDaysMax} days after from`;
  throw windowTooLong(undefined, { errors: [{ field: "to", message }] });
}

/** No slot takes more people than so many units do. */
function hasRoomFor(asked: SlotsAsked, { snapshot: { rules } }: PublishedResource): boolean {
  return rules.peoplePerUnit === null || asked.people <= rules.peoplePerUnit * asked.quantity;
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
  readonly people: number;
}

/** A slot as it is cached: without a price where that depends on the moment of asking. */
interface ListedSlot extends Omit<SlotView, "price"> {
  readonly price: SlotView["price"] | null;
}

async function loadListing(deps: ListSlotsDeps, of: Listing, now: EpochMs): Promise<readonly ListedSlot[]> {
  const { resource_id, calendar_version, version } = of.calendar;
  const asked = `${of.from.toString()}:${of.to.toString()}:${of.length}:${of.quantity}:${of.people}`;
  const key = `slots:${resource_id}:${calendar_version}:${version}:${asked}`;
  const cached = await deps.redis.ifUp(async (redis) => redis.get(key), null);
  if (cached !== null) return JSON.parse(cached) as ListedSlot[];
  const slots = await computeSlots(deps, of, now);
  // Nobody waits for it to be kept, nor fails where it is not.
  void deps.redis.ifUp(async (redis) => redis.set(key, JSON.stringify(slots), "EX", cacheSeconds), null);
  return slots;
}

/** The free slots, in one pass over the times and one over what is taken. */
async function computeSlots(deps: ListSlotsDeps, of: Listing, now: EpochMs): Promise<ListedSlot[]> {
  const { opening, snapshot } = of.resource;
  const { capacity, price: rule } = snapshot.rules;
  const times = listTimes(opening, of);
  const first = times.at(0);
  const last = times.at(-1);
  if (!first || !last) return [];
  const { calendar_id: calendarId, calendar_version: calendarVersion } = of.calendar;
  const stretch = { calendarId, calendarVersion, from: first.taken.from, to: last.taken.to };
  const [calendar] = await deps.busy.load(deps.db, [stretch]);
  const price = dependsOnLeadTime(rule) ? null : listPricerOf(rule);
  const slots: ListedSlot[] = [];
  for (const time of times) {
    const free = capacity - calendar!.mostTaken(time.taken);
    if (free < of.quantity) continue;
    const priced = price?.(contextOf(of, time, free, now)) ?? null;
    if (typeof priced !== "string") slots.push(listedSlot(time, free, priced?.total ?? null));
  }
  return slots;
}

/** Without adjustments all slots of a listing, which are of one length, cost the same. */
function listPricerOf(rule: PriceRule): ReturnType<typeof pricerOf> {
  const priceOf = pricerOf(rule);
  if (rule.adjustments.length > 0) return priceOf;
  let same: ReturnType<typeof priceOf> | undefined;
  return (context) => (same ??= priceOf(context));
}

/** The slots with all their prices; what has none cannot be booked. */
function pricedNow(slots: readonly ListedSlot[], of: Listing, now: EpochMs): SlotView[] {
  const priceOf = pricerOf(of.resource.snapshot.rules.price);
  return slots.flatMap((slot) => {
    const { price } = slot;
    if (price) return [{ ...slot, price }];
    const time = { startsAt: Date.parse(slot.startsAt), endsAt: Date.parse(slot.endsAt) };
    const priced = priceOf(contextOf(of, time, slot.free, now));
    return typeof priced === "string" ? [] : [{ ...slot, price: priced.total }];
  });
}

/** What a booking of that time and no extras would be priced by. */
function contextOf(
  { resource, length, quantity, people }: Listing,
  { startsAt, endsAt }: Pick<ListedTime, "startsAt" | "endsAt">,
  free: number,
  now: EpochMs,
): PriceContext {
  const { zone, capacity, availability } = resource.snapshot.rules;
  return {
    zone,
    startsAt,
    endsAt,
    length: { unit: availability.by === "nights" ? "night" : "minute", count: length },
    quantity,
    people,
    leadMinutes: leadMinutes(startsAt, now),
    occupancyPercent: occupancyPercent(capacity, free),
    extras: [],
    promotion: null,
  };
}

function listedSlot(time: ListedTime, free: number, price: SlotView["price"] | null): ListedSlot {
  return {
    startsAt: instantText(time.startsAt),
    endsAt: instantText(time.endsAt),
    date: time.date,
    free,
    price,
  };
}
