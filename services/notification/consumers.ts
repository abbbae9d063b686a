/** Every event the notification service consumes. */
import { consume } from "@holdfast/chassis/consumer";
import type { EventData } from "@holdfast/contracts/define-event";
import {
  bookingCancelled,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
} from "@holdfast/contracts/events/booking";
import type { NotificationTables } from "./database.ts";
import { writeMessages, type WriteMessagesDeps } from "./messages/write-messages.ts";

export function consumers(deps: WriteMessagesDeps) {
  return [
    consume<EventData<typeof bookingConfirmed>, NotificationTables>(bookingConfirmed, (unit, received) =>
      writeMessages(deps, unit, received, () => "booking-confirmed"),
    ),
    consume<EventData<typeof bookingCancelled>, NotificationTables>(bookingCancelled, (unit, received) =>
      writeMessages(deps, unit, received, () => "booking-cancelled"),
    ),
    consume<EventData<typeof bookingDeclined>, NotificationTables>(bookingDeclined, (unit, received) =>
      writeMessages(deps, unit, received, () => "booking-declined"),
    ),
    consume<EventData<typeof bookingExpired>, NotificationTables>(bookingExpired, (unit, received) =>
      writeMessages(deps, unit, received, ({ latePayment }) => (latePayment ? "late-payment" : "hold-ended")),
    ),
  ];
}
