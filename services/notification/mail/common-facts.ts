/** What mails name of a booking, and how amounts of it are written. */
import { formatMoney } from "@holdfast/chassis/format-money";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import { formatSpan } from "./format-times.ts";

/** A label and a value. */
export type Fact = readonly [label: string, value: string];

/** What every mail names: what was booked, with whom, when, and what is taken along with it. */
export function commonFacts(data: BookingFacts): Fact[] {
  return [
    ["What", data.resourceTitle],
    ["With", data.vendorName],
    ["When", formatSpan(data)],
    ...(data.quantity > 1 ? [["Quantity", String(data.quantity)] as const] : []),
    ...((data.people ?? 1) > 1 ? [["People", String(data.people)] as const] : []),
    ...(data.also ?? []).map((part) => ["Along with it", partSentence(data, part)] as const),
  ];
}

/** The last facts of a mail about something with a price. */
export function totalAndBooking(data: BookingFacts): Fact[] {
  return [
    ["Total", formatMoney(data.total)],
    ["Booking", data.bookingId],
  ];
}

type Part = NonNullable<BookingFacts["also"]>[number];

/** A part taken along; its time only where it is not the booking's own. */
export function partSentence(data: BookingFacts, part: Part): string {
  const title = part.quantity > 1 ? `${part.quantity} x ${part.resourceTitle}` : part.resourceTitle;
  return isAtTheSameTime(data, part) ? title : `${title}, ${formatSpan({ ...part, zone: data.zone })}`;
}

/** Does the part begin and end with the booking itself? */
export function isAtTheSameTime(data: BookingFacts, part: Part): boolean {
  return part.startsAt === data.startsAt && part.endsAt === data.endsAt;
}

/** An amount in the booking's currency. */
export function moneyOf(data: BookingFacts, amountMinor: number): string {
  return formatMoney({ amountMinor, currency: data.total.currency });
}
