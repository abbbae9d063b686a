/** Is there room for a booking, with all of its parts, and what does it cost? Pure: the surroundings in, a room out. */
import type { BookingPolicies, CancellationRule } from "@holdfast/contracts/booking-policies";
import type { Id } from "@holdfast/contracts/ids";
import type { CalendarRow } from "../calendar/calendars.ts";
import { checkTime, refusalSentences, type BookableTime } from "../calendar/check-time.ts";
import { countFree, pickUnits, type Allocation, type OwnedAllocation } from "../calendar/free-units.ts";
import type { QuoteRow } from "../database.ts";
import { occupancyPercent, type Price } from "../pricing/price.ts";
import { usedOnceMore } from "../promotions/known-promotions.ts";
import { requireUsesLeft } from "../promotions/usable-promotion.ts";
import {
  partsDoNotFit,
  resourceNotBookable,
  slotTaken,
  timeNotBookable,
  tooManyPeople,
} from "../problems.ts";
import type { PublishedResource } from "../resources/resource-cache.ts";
import { fieldOf, type AskedBooking, type AskedPart } from "./asked-booking.ts";
import { mapNonEmpty, type NonEmpty } from "./non-empty.ts";
import type { PriceBasis } from "./price-basis.ts";
import { priceParts } from "./price-parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** A part of a booking with the place it has. */
export interface PlacedPart {
  readonly resource: PublishedResource;
  readonly calendar: CalendarRow;
  readonly time: BookableTime;
  readonly asked: AskedPart;
  /** How much of the capacity others have taken at the fullest moment, in percent. */
  readonly occupancyPercent: number;
  /** None yet where units are counted only. */
  readonly units: readonly number[];
}

/** Room for a booking, and its price. */
export interface Room {
  readonly parts: NonEmpty<PlacedPart>;
  readonly price: Price;
  readonly promotionId: Id<"prm"> | null;
  /** What the price was made of; null where a quote had agreed on it. */
  readonly basis: PriceBasis | null;
}

export interface FindRoomOptions {
  /** Ids of bookings (and blocks) whose allocations do not count. */
  readonly ignoring?: ReadonlySet<string>;
  /** Who asks: their earlier uses of a promotion code count. */
  readonly customerId?: string;
  /** The price is the quote's, whatever the rules say today; a use of its promotion must be left. */
  readonly quote?: QuoteRow | undefined;
  /** The price is made with this promotion's terms, whatever its limits: the booking has it already. */
  readonly keepsPromotion?: Id<"prm"> | null;
}

/**
 * Room for all parts, or none. `fragmented`: enough units are free at every moment, but in one of the parts too few are
 * free throughout until units are dealt anew.
 * @throws resourceNotBookable, partsDoNotFit, tooManyPeople, timeNotBookable, slotTaken, extraUnknown, promotionNotUsable
 */
export function findRoom(
  asked: AskedBooking,
  around: Surroundings,
  options: FindRoomOptions = {},
): Room | "fragmented" {
  const room = countRoom(asked, around, options);
  const own = new Map<number, Allocation[]>();
  const parts = mapNonEmpty(room.parts, (part) => {
    const { calendar_id: calendarId } = part.calendar;
    const mine = own.get(calendarId) ?? [];
    const taken = [...othersOn(calendarId, around, options), ...mine];
    const { capacity } = part.resource.snapshot.rules;
    const units = pickUnits(taken, capacity, part.time.taken, part.asked.quantity) ?? [];
    own.set(calendarId, [...mine, ...units.map((unit) => ({ unit, ...part.time.taken }))]);
    return { ...part, units };
  });
  return parts.some((part) => part.units.length === 0) ? "fragmented" : { ...room, parts };
}

/**
 * As `findRoom`, by count alone: the parts have no units yet. For quotes, and for dealing units anew.
 * @throws what `findRoom` does
 */
export function countRoom(asked: AskedBooking, around: Surroundings, options: FindRoomOptions = {}): Room {
  const own = new Map<number, Allocation[]>();
  const parts = mapNonEmpty(asked.parts, (part, index) => {
    const found = requireBookable(asked, index, around);
    if (index === 0) requireSeats(asked, found.resource);
    else requireFit(part, index, asked, around);
    const time = allowedTime(found.resource, part, index, around.now);
    const { calendar_id: calendarId } = found.calendar;
    const { capacity } = found.resource.snapshot.rules;
    const others = othersOn(calendarId, around, options);
    const mine = own.get(calendarId);
    const freeOfOthers = countFree(others, capacity, time.taken);
    const free = mine ? countFree([...others, ...mine], capacity, time.taken) : freeOfOthers;
    if (free < part.quantity) {
      const where = index === 0 ? undefined : { resourceId: part.resourceId };
      throw slotTaken(undefined, { extra: { free: Math.max(0, free), ...where } });
    }
    if (asked.parts.length > 1) own.set(calendarId, [...(mine ?? []), ...unlabelled(part, time)]);
    const occupied = occupancyPercent(capacity, freeOfOthers);
    return { ...found, time, asked: part, occupancyPercent: occupied, units: [] };
  });
  if (options.quote) return { parts, ...agreedPrice(options.quote, around, options.customerId), basis: null };
  return { parts, ...priceParts(asked, parts, around, options) };
}

/** What the room takes is taken, and a use of its promotion is used: for whoever is decided on next. */
export function noteTaken(room: Room, around: Surroundings, customerId: string): void {
  for (const { calendar, time, asked, units } of room.parts) {
    const before = around.taken.get(calendar.calendar_id) ?? [];
    const added = units.length > 0 ? units.map((unit) => ({ unit, ...time.taken })) : unlabelled(asked, time);
    around.taken.set(calendar.calendar_id, [...before, ...added.map((one) => ({ ...one, ownerId: "" }))]);
  }
  const promotion = room.promotionId === null ? undefined : around.promotions.get(room.promotionId);
  if (promotion) around.promotions.set(promotion.promotion_id, usedOnceMore(promotion, customerId));
}

/**
 * The terms that a booking of the room keeps: the main resource's; approval where any of the parts needs it, paying on
 * arrival where all of them allow it.
 */
export function termsOf(room: { readonly parts: NonEmpty<Pick<PlacedPart, "resource">> }): {
  readonly cancellation: CancellationRule;
  readonly policies: BookingPolicies;
  readonly holdMinutes: number;
} {
  const main = room.parts[0].resource.snapshot.rules;
  const { cancellation, noShow, depositPercent, balance } = main;
  const rules = room.parts.map((part) => part.resource.snapshot.rules);
  const answers = rules.flatMap(({ approval }) => (approval ? [approval.withinMinutes] : []));
  const approval = answers.length === 0 ? null : { withinMinutes: Math.min(...answers) };
  const holdMinutes = Math.min(...rules.map((one) => one.holdMinutes));
  const payment = { ...main.payment, onArrival: rules.every((one) => one.payment.onArrival) };
  const policies = { noShow, depositPercent, balance, payment, approval };
  return { cancellation, policies, holdMinutes };
}

function othersOn(
  calendarId: number,
  around: Surroundings,
  { ignoring }: FindRoomOptions,
): readonly OwnedAllocation[] {
  const taken = around.taken.get(calendarId) ?? [];
  return ignoring ? taken.filter((one) => !ignoring.has(one.ownerId)) : taken;
}

function unlabelled(part: AskedPart, time: BookableTime): Allocation[] {
  return Array.from({ length: part.quantity }, () => ({ unit: 0, ...time.taken }));
}

/** The resource of that part of the asking, and its calendar. @throws resourceNotBookable */
export function requireBookable(
  asked: AskedBooking,
  index: number,
  around: Surroundings,
): Pick<PlacedPart, "resource" | "calendar"> {
  const part = asked.parts[index]!;
  const calendar = around.calendars.get(part.resourceId);
  const resource = around.resources.get(part.resourceId);
  if (calendar?.bookable && resource) return { calendar, resource };
  if (index === 0) throw resourceNotBookable();
  const message = "There is no resource with this id that takes bookings.";
  throw resourceNotBookable(undefined, { errors: [{ field: fieldOf(index, "resourceId"), message }] });
}

function requireSeats(asked: AskedBooking, { snapshot: { rules } }: PublishedResource): void {
  if (rules.peoplePerUnit === null) return;
  const seats = rules.peoplePerUnit * asked.parts[0].quantity;
  if (asked.people <= seats) return;
  const message = `That many units take ${seats} people at most.`;
  throw tooManyPeople(message, { errors: [{ field: "people", message, code: "too-many-people" }] });
}

/** One vendor answers for a booking, and one payment pays for it. */
function requireFit(part: AskedPart, index: number, asked: AskedBooking, around: Surroundings): void {
  const main = around.resources.get(asked.parts[0].resourceId)!.snapshot;
  const own = around.resources.get(part.resourceId)!.snapshot;
  const message =
    own.vendorId !== main.vendorId
      ? "is of another vendor"
      : own.rules.price.currency !== main.rules.price.currency
        ? `is charged in ${own.rules.price.currency}, the first resource in ${main.rules.price.currency}`
        : undefined;
  if (message === undefined) return;
  throw partsDoNotFit(undefined, { errors: [{ field: fieldOf(index, "resourceId"), message }] });
}

const aboutTheEnd: ReadonlySet<string> = new Set([
  "too-short",
  "too-long",
  "length-off-grid",
  "no-departure",
]);

function allowedTime(
  { opening }: PublishedResource,
  part: AskedPart,
  index: number,
  now: Temporal.Instant,
): BookableTime {
  const time = checkTime(opening, part, now.epochMilliseconds);
  if (typeof time !== "string") return time;
  const field = fieldOf(index, aboutTheEnd.has(time) ? "endsAt" : "startsAt");
  const message = refusalSentences[time];
  throw timeNotBookable(message, { errors: [{ field, message, code: time }] });
}

/** The quote's price stands; a place within its promotion's limits was not promised. */
function agreedPrice(
  quote: QuoteRow,
  around: Surroundings,
  customerId: string | undefined,
): Pick<Room, "price" | "promotionId"> {
  const promotion = quote.promotion_id === null ? undefined : around.promotions.get(quote.promotion_id);
  if (promotion) requireUsesLeft(promotion, customerId);
  return {
    price: { lines: quote.lines, total: { amountMinor: quote.total_minor, currency: quote.currency } },
    promotionId: quote.promotion_id,
  };
}
