/** Deciding on requests for slots, pure: published resources, what is taken, quotes and the time in; bookings out. */
import { newId, type Id } from "@holdfast/contracts/ids";
import type { BookingRequest } from "@holdfast/contracts/api/booking";
import type { BookingPolicies } from "@holdfast/contracts/booking-policies";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { rangeLiteral, type CalendarRow } from "../calendar/calendars.ts";
import { checkTime, refusalSentences, type AskedTime, type BookableTime } from "../calendar/check-time.ts";
import { countFree, pickUnits, type Allocation } from "../calendar/free-units.ts";
import type { BookingRow, QuoteRow } from "../database.ts";
import { priceOf, type Price } from "../pricing/price.ts";
import { quoteNotUsable, resourceNotBookable, slotTaken, timeNotBookable } from "../problems.ts";
import type { PublishedResource } from "../resources/resource-cache.ts";

/** What the decision rests on; `taken` is what overlaps the asked time, buffers included. */
export interface Known {
  readonly calendar: CalendarRow | undefined;
  readonly resource: PublishedResource | undefined;
  readonly taken: readonly Allocation[];
  readonly quote: QuoteRow | undefined;
  readonly now: Temporal.Instant;
}

/** A booking to be, with the units it takes. */
export interface NewBooking {
  readonly row: BookingRow;
  readonly units: readonly number[];
  readonly time: BookableTime;
}

/** A time and a number of units that somebody wants a price or a booking for. */
export type Asked = Pick<BookingRequest, "resourceId" | "startsAt" | "endsAt" | "quantity">;

/** An asked time as the calendar counts it. */
export function askedTime(asked: Pick<Asked, "startsAt" | "endsAt">): AskedTime {
  return { startsAt: Date.parse(asked.startsAt), endsAt: Date.parse(asked.endsAt) };
}

/**
 * Is the resource published, the time allowed, and what does it cost?
 * @throws resourceNotBookable, timeNotBookable
 */
export function allowedTime(
  asked: Asked,
  known: Pick<Known, "calendar" | "resource" | "now">,
): {
  readonly resource: PublishedResource;
  readonly calendar: CalendarRow;
  readonly time: BookableTime;
  readonly price: Price;
} {
  const { calendar, resource } = known;
  if (!calendar?.bookable || !resource) throw resourceNotBookable();
  const time = checkTime(resource.opening, askedTime(asked), known.now.epochMilliseconds);
  if (typeof time === "string") {
    const field =
      time === "too-short" || time === "too-long" || time === "length-off-grid" ? "endsAt" : "startsAt";
    throw timeNotBookable(refusalSentences[time], {
      errors: [{ field, message: refusalSentences[time], code: time }],
    });
  }
  const { startsAt, endsAt } = askedTime(asked);
  const price = priceOf(resource.snapshot.rules.price, {
    zone: resource.snapshot.rules.zone,
    startsAt,
    endsAt,
    length: time.length,
    quantity: asked.quantity,
    people: 1,
    leadMinutes: Math.floor((startsAt - known.now.epochMilliseconds) / 60_000),
    occupancyPercent: 0,
    extras: [],
    promotion: null,
  });
  if (typeof price === "string") {
    const message = "The price of that would be larger than can be charged.";
    throw timeNotBookable(message, { errors: [{ field: "quantity", message, code: "price-too-large" }] });
  }
  return { resource, calendar, time, price };
}

/** Are so many units free at every moment? @throws slotTaken, saying how many are */
export function requireFree(
  asked: Asked,
  capacity: number,
  taken: readonly Allocation[],
  time: BookableTime,
): void {
  const free = countFree(taken, capacity, time.taken);
  if (free < asked.quantity) throw slotTaken(undefined, { extra: { free: Math.max(0, free) } });
}

/**
 * Decides on one request. `fragmented`: enough units are free at every moment, but no unit is free throughout until
 * units are dealt anew.
 * @throws resourceNotBookable, timeNotBookable, slotTaken, quoteNotUsable
 */
export function decideBooking(
  asked: BookingRequest,
  by: { readonly customerId: Id<"usr">; readonly traceparent: string },
  known: Known,
): NewBooking | "fragmented" {
  const { resource, calendar, time, price } = allowedTime(asked, known);
  const { rules, vendorId, vendorName } = resource.snapshot;
  requireFree(asked, rules.capacity, known.taken, time);
  const units = pickUnits(known.taken, rules.capacity, time.taken, asked.quantity);
  const quote = asked.quoteId === undefined ? undefined : usableQuote(asked, by.customerId, known);
  const agreed = quote
    ? {
        lines: quote.lines,
        total_minor: quote.total_minor,
        currency: quote.currency,
        cancellation: quote.cancellation,
      }
    : {
        lines: price.lines,
        total_minor: price.total.amountMinor,
        currency: price.total.currency,
        cancellation: rules.cancellation,
      };
  if (!units) return "fragmented";
  const holdExpiresAt = known.now.add({ minutes: rules.holdMinutes }).toString();
  const row: BookingRow = {
    booking_id: newId("bkg"),
    calendar_id: calendar.calendar_id,
    resource_id: asked.resourceId,
    customer_id: by.customerId,
    vendor_id: vendorId,
    resource_title: rules.title,
    vendor_name: vendorName,
    zone: rules.zone,
    status: "held",
    reason: null,
    starts_at: asked.startsAt,
    ends_at: asked.endsAt,
    during: rangeLiteral(time.taken),
    quantity: asked.quantity,
    people: asked.people,
    also: [],
    extras: [],
    policies: policiesOf(rules),
    series_id: null,
    promotion_id: null,
    change: null,
    charges: 1,
    ...agreed,
    payment_method: asked.paymentMethod ?? null,
    hold_expires_at: holdExpiresAt,
    keep_minor: agreed.total_minor,
    saga_step: "pay",
    step_deadline_at: holdExpiresAt,
    parked_at: null,
    parked_reason: null,
    version: 1,
    created_at: known.now.toString(),
    traceparent: by.traceparent,
  };
  return { row, units, time };
}

/** The terms a booking keeps of its resource's rules. */
export function policiesOf({ noShow, depositPercent, approval }: ResourceRules): BookingPolicies {
  return { noShow, depositPercent, approval };
}

/** The quote the request names, if it stands. @throws quoteNotUsable, saying what is wrong with it */
function usableQuote(asked: BookingRequest, customerId: string, { quote, now }: Known): QuoteRow {
  if (!quote || quote.customer_id !== customerId) throw quoteNotUsable("You have no quote with this id.");
  if (Temporal.Instant.compare(Temporal.Instant.from(quote.expires_at), now) <= 0) {
    throw quoteNotUsable(`The quote expired at ${quote.expires_at}.`);
  }
  const same =
    quote.resource_id === asked.resourceId &&
    quote.quantity === asked.quantity &&
    Date.parse(quote.starts_at) === Date.parse(asked.startsAt) &&
    Date.parse(quote.ends_at) === Date.parse(asked.endsAt);
  if (!same) throw quoteNotUsable("The quote is for another resource, time or quantity.");
  return quote;
}
