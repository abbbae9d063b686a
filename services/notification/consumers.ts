/** Every event the notification service consumes. */
import { consume } from "@holdfast/chassis/consumer";
import type { EventData } from "@holdfast/contracts/define-event";
import { userErased, userMailRequested } from "@holdfast/contracts/events/auth";
import {
  bookingApprovalRequested,
  bookingBalanceDueSoon,
  bookingBalanceFailed,
  bookingBalancePaid,
  bookingCancelled,
  bookingChangeDropped,
  bookingChangeHeld,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  bookingGoodwillGiven,
  bookingNoShow,
  bookingRescheduled,
  waitlistOffered,
} from "@holdfast/contracts/events/booking";
import type { NotificationTables } from "./database.ts";
import { writeAccountMessages } from "./messages/write-account-messages.ts";
import { writeMessages, type WriteMessagesDeps } from "./messages/write-messages.ts";
import { erasePeople } from "./personal-data/erase-person.ts";

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
    consume<EventData<typeof bookingApprovalRequested>, NotificationTables>(
      bookingApprovalRequested,
      (unit, received) => writeMessages(deps, unit, received, () => "approval-requested"),
    ),
    consume<EventData<typeof bookingBalanceDueSoon>, NotificationTables>(
      bookingBalanceDueSoon,
      (unit, received) => writeMessages(deps, unit, received, () => "balance-due-soon"),
    ),
    consume<EventData<typeof bookingBalanceFailed>, NotificationTables>(
      bookingBalanceFailed,
      (unit, received) => writeMessages(deps, unit, received, () => "balance-failed"),
    ),
    consume<EventData<typeof bookingBalancePaid>, NotificationTables>(bookingBalancePaid, (unit, received) =>
      writeMessages(deps, unit, received, () => "balance-paid"),
    ),
    consume<EventData<typeof bookingRescheduled>, NotificationTables>(bookingRescheduled, (unit, received) =>
      writeMessages(deps, unit, received, () => "booking-rescheduled"),
    ),
    // Who sent a payment method along, or pays on arrival, has nothing to do: the move, or that it was not made, is told when it is decided.
    consume<EventData<typeof bookingChangeHeld>, NotificationTables>(bookingChangeHeld, (unit, received) => {
      const toPay = received.filter(
        ({ data: { paymentMethod, provider } }) => paymentMethod === undefined && provider === undefined,
      );
      return writeMessages(deps, unit, toPay, () => "difference-due");
    }),
    consume<EventData<typeof bookingChangeDropped>, NotificationTables>(
      bookingChangeDropped,
      (unit, received) => writeMessages(deps, unit, received, () => "change-dropped"),
    ),
    consume<EventData<typeof bookingNoShow>, NotificationTables>(bookingNoShow, (unit, received) =>
      writeMessages(deps, unit, received, () => "no-show"),
    ),
    consume<EventData<typeof bookingGoodwillGiven>, NotificationTables>(
      bookingGoodwillGiven,
      (unit, received) => writeMessages(deps, unit, received, () => "goodwill-given"),
    ),
    consume<EventData<typeof waitlistOffered>, NotificationTables>(waitlistOffered, (unit, received) =>
      writeMessages(deps, unit, received, () => "waitlist-offer"),
    ),
    consume<EventData<typeof userMailRequested>, NotificationTables>(userMailRequested, (unit, received) =>
      writeAccountMessages(deps, unit, received),
    ),
    consume<EventData<typeof userErased>, NotificationTables>(userErased, erasePeople),
  ];
}
