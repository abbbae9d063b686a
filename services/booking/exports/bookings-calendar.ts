/** Bookings as an iCalendar file (RFC 5545): one event for each resource of a booking. */
import type { BookingStatus } from "@holdfast/contracts/api/booking";
import ical, { ICalEventStatus, type ICalEventData } from "ical-generator";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { exportedBookings, type ExportAsked, type ExportedBooking } from "./exported-bookings.ts";

const statuses: Readonly<Record<BookingStatus, ICalEventStatus>> = {
  held: ICalEventStatus.TENTATIVE,
  "awaiting-approval": ICalEventStatus.TENTATIVE,
  confirmed: ICalEventStatus.CONFIRMED,
  "checked-in": ICalEventStatus.CONFIRMED,
  completed: ICalEventStatus.CONFIRMED,
  "no-show": ICalEventStatus.CANCELLED,
  cancelled: ICalEventStatus.CANCELLED,
  declined: ICalEventStatus.CANCELLED,
  expired: ICalEventStatus.CANCELLED,
};

/** The whole file. @throws exportTooLarge */
export async function bookingsCalendar(db: Kysely<BookingTables>, asked: ExportAsked): Promise<string> {
  const parts: string[] = [];
  for await (const page of exportedBookings(db, asked)) parts.push(eventsOf(page));
  const [head, tail] = frame();
  return `${head}${parts.join("")}${tail}`;
}

const prodId = "//Holdfast//Bookings//EN";

/** What stands before the events of a file, and after them. */
function frame(): [string, string] {
  const empty = ical({ prodId }).toString();
  const end = empty.indexOf("END:VCALENDAR");
  return [empty.slice(0, end), empty.slice(end)];
}

/** The events of some bookings, without the calendar around them. */
function eventsOf(bookings: readonly ExportedBooking[]): string {
  if (bookings.length === 0) return "";
  const [head] = frame();
  const text = ical({ prodId, events: bookings.flatMap(partsOf) }).toString();
  return text.slice(head.length, text.lastIndexOf("END:VCALENDAR"));
}

/**
 * The first has the UID that the booking's confirmation has, and the booking's version as its sequence, so that a
 * calendar takes both for one event.
 */
function partsOf(booking: ExportedBooking): ICalEventData[] {
  const main = {
    resourceTitle: booking.resource_title,
    startsAt: booking.starts_at,
    endsAt: booking.ends_at,
  };
  return [main, ...booking.also].map((part, index) => ({
    id: `${booking.booking_id}${index === 0 ? "" : `-${index}`}@holdfast`,
    sequence: booking.version,
    stamp: Temporal.Instant.from(booking.created_at),
    start: Temporal.Instant.from(part.startsAt),
    end: Temporal.Instant.from(part.endsAt),
    summary: part.resourceTitle,
    description: `${booking.vendor_name}\nBooking ${booking.booking_id} (${booking.zone})`,
    status: statuses[booking.status],
  }));
}
