/** What payment consumes, and what each event asks of it. */
import { consume } from "@holdfast/chassis/consumer";
import {
  bookingCancelled,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  bookingHeld,
} from "@holdfast/contracts/events/booking";
import type { PaymentTables } from "./database.ts";
import { newsOf, takeBookingEvents, type TakeDeps } from "./payments/take-booking-events.ts";

export function paymentConsumers(deps: TakeDeps) {
  return [
    consume<typeof bookingHeld.data._output, PaymentTables>(bookingHeld, (unit, received) =>
      takeBookingEvents(
        deps,
        unit,
        received.map((held) =>
          newsOf(held, { asked: "authorise", paymentMethod: held.data.paymentMethod ?? null }),
        ),
      ),
    ),
    consume<typeof bookingConfirmed.data._output, PaymentTables>(bookingConfirmed, (unit, received) =>
      takeBookingEvents(
        deps,
        unit,
        received.map((confirmed) => newsOf(confirmed, { asked: "capture" })),
      ),
    ),
    consume<typeof bookingDeclined.data._output, PaymentTables>(bookingDeclined, (unit, received) =>
      takeBookingEvents(
        deps,
        unit,
        received.map((declined) => newsOf(declined, { asked: "settle", keepMinor: 0, afterDecline: true })),
      ),
    ),
    consume<typeof bookingExpired.data._output, PaymentTables>(bookingExpired, (unit, received) =>
      takeBookingEvents(
        deps,
        unit,
        received.map((expired) =>
          newsOf(
            expired,
            expired.data.latePayment
              ? { asked: "settle", keepMinor: 0, afterDecline: false }
              : { asked: "expire" },
          ),
        ),
      ),
    ),
    consume<typeof bookingCancelled.data._output, PaymentTables>(bookingCancelled, (unit, received) =>
      takeBookingEvents(
        deps,
        unit,
        received.map((cancelled) =>
          newsOf(cancelled, { asked: "settle", keepMinor: cancelled.data.keepMinor, afterDecline: false }),
        ),
      ),
    ),
  ];
}
