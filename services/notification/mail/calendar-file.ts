/**
 * The calendar file that goes with a mail (RFC 5545; how calendars take it in: RFC 5546).
 * Instants are written in UTC: they are exact in every calendar without a definition of the zone beside them; the zone's
 * wall-clock time is in the description. The guest is not named, since PUBLISH must not have attendees.
 */
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import ical, { ICalCalendarMethod, ICalEventStatus } from "ical-generator";
import { isAtTheSameTime, partSentence } from "./common-facts.ts";
import { formatSpan } from "./format-times.ts";
import type { Sender } from "./sender-address.ts";

export interface CalendarFile {
  readonly method: "PUBLISH" | "CANCEL";
  readonly text: string;
}

/** What the file says beside the booking's facts. */
export interface CalendarOptions {
  readonly kind: "publish" | "cancel";
  /** The booking's version: a later file replaces an earlier one, in whatever order they are read. */
  readonly sequence: number;
  /** When the message was written, so that a mail sent twice carries the same file. */
  readonly stamp: string;
  /** Calendars ask for an organizer: the vendor's name, at the address that the mail comes from. */
  readonly sender: Sender;
  readonly publicUrl: string | undefined;
}

/**
 * The same for every file about a booking, whatever the configuration: it is how a calendar finds what to change. What is
 * taken along at a time of its own has its place in the booking behind the id.
 */
function calendarUid(bookingId: string, part: number): string {
  return part === 0 ? `${bookingId}@holdfast` : `${bookingId}-${part}@holdfast`;
}

/** One entry of the guest's calendar. */
interface Entry {
  readonly part: number;
  readonly title: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** The booking itself, and what is taken along at another time; what is taken at the same time is in its description. */
function entriesOf(booking: BookingFacts): Entry[] {
  const along = (booking.also ?? []).flatMap((part, index) =>
    isAtTheSameTime(booking, part) ? [] : [{ ...part, part: index + 1, title: part.resourceTitle }],
  );
  return [{ ...booking, part: 0, title: booking.resourceTitle }, ...along];
}

function descriptionOf(booking: BookingFacts, { part, startsAt, endsAt }: Entry): string {
  const along = part === 0 ? (booking.also ?? []).filter((one) => isAtTheSameTime(booking, one)) : [];
  return [
    formatSpan({ startsAt, endsAt, zone: booking.zone }),
    ...along.map((one) => `With ${partSentence(booking, one)}`),
    `Booking ${booking.bookingId}`,
  ].join("\n");
}

/** The file that puts a booking into the guest's calendar, or takes it out again. */
export function calendarFile(booking: BookingFacts, options: CalendarOptions): CalendarFile {
  const method = options.kind === "publish" ? ICalCalendarMethod.PUBLISH : ICalCalendarMethod.CANCEL;
  const calendar = ical({
    prodId: "//Holdfast//Bookings//EN",
    method,
    events: entriesOf(booking).map((entry) => ({
      id: calendarUid(booking.bookingId, entry.part),
      sequence: options.sequence,
      stamp: Temporal.Instant.from(options.stamp),
      start: Temporal.Instant.from(entry.startsAt),
      end: Temporal.Instant.from(entry.endsAt),
      summary: entry.title,
      description: descriptionOf(booking, entry),
      organizer: { name: booking.vendorName, email: options.sender.address },
      status: options.kind === "publish" ? ICalEventStatus.CONFIRMED : ICalEventStatus.CANCELLED,
      url: options.publicUrl ?? null,
    })),
  });
  return { method: options.kind === "publish" ? "PUBLISH" : "CANCEL", text: calendar.toString() };
}
