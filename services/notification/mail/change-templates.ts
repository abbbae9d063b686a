/** Mails about a booking that moves, or was to move. */
import { formatMoney } from "@holdfast/chassis/format-money";
import type { EventData } from "@holdfast/contracts/define-event";
import type {
  bookingChangeDropped,
  bookingChangeHeld,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import { commonFacts, moneyOf, totalAndBooking } from "./common-facts.ts";
import { formatMoment, formatSpan } from "./format-times.ts";
import type { MailContent } from "./templates.ts";

function differenceSentence(data: EventData<typeof bookingRescheduled>): string[] {
  if (data.paidOnArrival === true) return [];
  const dearer = data.total.amountMinor - data.previous.total.amountMinor;
  if (dearer > 0) return [`The difference, ${moneyOf(data, dearer)}, was paid.`];
  // What is still to be paid becomes less before anything goes back.
  const lessToPay = -dearer - data.refundMinor;
  return [
    ...(lessToPay > 0 ? [`Your balance is ${moneyOf(data, lessToPay)} less.`] : []),
    ...(data.refundMinor > 0 ? [backSentence(data, lessToPay)] : []),
  ];
}

function backSentence(data: EventData<typeof bookingRescheduled>, lessToPay: number): string {
  const money = moneyOf(data, data.refundMinor);
  return lessToPay > 0 ? `${money} is given back to you.` : `The difference, ${money}, is given back to you.`;
}

/** It has another time, quantity or price. */
export function rescheduled(data: EventData<typeof bookingRescheduled>): MailContent {
  return {
    subject: `Moved: ${data.resourceTitle}`,
    heading: "Your booking has moved",
    paragraphs: [
      ...differenceSentence(data),
      "The attached calendar file takes the place of the earlier one.",
    ],
    facts: [
      ...commonFacts(data),
      ["Before", formatSpan({ ...data.previous, zone: data.zone })],
      ...totalAndBooking(data),
    ],
    calendar: "publish",
  };
}

/** The guest has to pay the difference on their side. */
export function differenceDue(data: EventData<typeof bookingChangeHeld>): MailContent {
  return {
    subject: `To pay for your change: ${data.resourceTitle}`,
    heading: "Your change waits for its payment",
    paragraphs: [
      `The time you asked for costs ${formatMoney(data.due)} more. It is held for you until ${formatMoment(data.changeExpiresAt, data.zone)}; until it is paid your booking stays as it is.`,
    ],
    facts: [...commonFacts(data), ["To pay", formatMoney(data.due)], ["Booking", data.bookingId]],
    calendar: null,
  };
}

/** The difference was not paid. */
export function changeDropped(data: EventData<typeof bookingChangeDropped>): MailContent {
  return {
    subject: `Not moved: ${data.resourceTitle}`,
    heading: "Your booking stays as it was",
    paragraphs: [
      "The difference for the time you asked for was not paid, so your booking was not moved. Nothing more is charged.",
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  };
}
