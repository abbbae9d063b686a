/** What mails name of a booking, and how amounts of it are written. */
import { formatMoney } from "@holdfast/chassis/format-money";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import { formatMoment, formatSpan } from "./format-times.ts";

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
  const total = formatMoney(data.total);
  return [
    ["Total", data.paidOnArrival === true ? `${total}, paid on arrival` : total],
    ...depositFacts(data),
    ["Booking", data.bookingId],
  ];
}

/** What is due at once, and what later, of a booking with a balance. */
function depositFacts(data: BookingFacts): Fact[] {
  const { balance, zone } = data;
  if (balance === undefined) return [];
  return [
    ["Due now", moneyOf(data, dueMinor(data))],
    ["Balance", `${formatMoney(balance.amount)}, due on ${formatMoment(balance.dueAt, zone)}`],
  ];
}

/** What of the total is due at once, in minor units. */
export function dueMinor({ total, balance }: BookingFacts): number {
  return total.amountMinor - (balance?.amount.amountMinor ?? 0);
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
