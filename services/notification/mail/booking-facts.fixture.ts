/** A booking for tests. */
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import { newId } from "@holdfast/contracts/ids";

/** An hour in Lisbon in winter, for 60 euros, unless said otherwise. */
export function someBooking(changes: Partial<BookingFacts> = {}): BookingFacts {
  return {
    bookingId: newId("bkg"),
    resourceId: newId("res"),
    vendorId: newId("vnd"),
    customerId: newId("usr"),
    resourceTitle: "Chair by the window",
    vendorName: "Salon Azul",
    zone: "Europe/Lisbon",
    startsAt: "2026-12-01T15:00:00Z",
    endsAt: "2026-12-01T16:00:00Z",
    quantity: 1,
    total: { amountMinor: 6000, currency: "EUR" },
    ...changes,
  };
}
