/** The slots of a resource that somebody could book now. */
import type { Clock } from "@holdfast/chassis/clock";
import type { SlotView } from "@holdfast/contracts/api/booking";
import type { PriceRule } from "@holdfast/contracts/price-rules";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { leadMinutes, occupancyPercent, pricerOf, type PriceContext } from "../pricing/price.ts";
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

/**
 * Lists what is bookable and free. What is taken comes from memory under the calendar's version, so it is never stale; a
 * listing itself is made anew each time, which costs less than keeping and finding it (`npm run bench -- --only availability`).
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
  return { zone, slots: await freeSlots(deps, listing, deps.clock.now().epochMilliseconds) };
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

/** The free slots, in one pass over the times and one over what is taken. */
async function freeSlots(
  deps: Pick<ListSlotsDeps, "db" | "busy">,
  of: Listing,
  now: EpochMs,
): Promise<SlotView[]> {
  const { snapshot } = of.resource;
  const opening = of.resource.opening.forOnce();
  const times = listTimes(opening, of).filter((time) => checkLeadTime(opening, time, now) === undefined);
  const first = times.at(0);
  const last = times.at(-1);
  if (!first || !last) return [];
  const { calendar_id: calendarId, calendar_version: calendarVersion } = of.calendar;
  const stretch = { calendarId, calendarVersion, from: first.taken.from, to: last.taken.to };
  const [calendar] = await deps.busy.load(deps.db, [stretch]);
  const priceOf = listPricerOf(snapshot.rules.price);
  const slots: SlotView[] = [];
  for (const time of times) {
    const free = snapshot.rules.capacity - calendar!.mostTaken(time.taken);
    if (free < of.quantity) continue;
    const priced = priceOf(contextOf(of, time, free, now));
    // What has no price cannot be booked.
    if (typeof priced !== "string") slots.push(slotView(time, free, priced.total));
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

function slotView(time: ListedTime, free: number, price: SlotView["price"]): SlotView {
  return {
    startsAt: instantText(time.startsAt),
    endsAt: instantText(time.endsAt),
    date: time.date,
    free,
    price,
  };
}
