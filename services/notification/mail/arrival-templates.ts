/** Mails about what the vendor has still to say, about an offer from a waiting list, and about who did not come. */
import type { EventData } from "@holdfast/contracts/define-event";
import type {
  bookingApprovalRequested,
  bookingNoShow,
  waitlistOffered,
} from "@holdfast/contracts/events/booking";
import { commonFacts, dueMinor, moneyOf, totalAndBooking } from "./common-facts.ts";
import { formatMoment } from "./format-times.ts";
import type { MailContent } from "./templates.ts";

/** Paid for, and waiting for the vendor's yes. */
export function approvalRequested(data: EventData<typeof bookingApprovalRequested>): MailContent {
  return {
    subject: `Waiting for approval: ${data.resourceTitle}`,
    heading: "Your booking waits for approval",
    paragraphs: [
      `${data.vendorName} answers by ${formatMoment(data.approvalExpiresAt, data.zone)}. Until then the time is held for you, and nothing is charged before.`,
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  };
}

/** What the guest waited for is held for them. */
export function waitlistOffer(data: EventData<typeof waitlistOffered>): MailContent {
  return {
    subject: `Free for you now: ${data.resourceTitle}`,
    heading: "What you waited for is free",
    paragraphs: [
      `It is held for you until ${formatMoment(data.holdExpiresAt, data.zone)}, and yours once ${moneyOf(data, dueMinor(data))} is paid. After that it goes to whoever is next.`,
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  };
}

/** The guest did not come. */
export function noShow(data: EventData<typeof bookingNoShow>): MailContent {
  const noted = `${data.vendorName} noted that you did not come.`;
  const kept = `${moneyOf(data, data.keepMinor)} is kept, under the rules that held when you booked.`;
  return {
    subject: `We missed you: ${data.resourceTitle}`,
    heading: "You did not come to your booking",
    paragraphs: [
      data.paidOnArrival === true
        ? noted
        : data.refundMinor === 0
          ? `${noted} ${kept}`
          : `${noted} ${moneyOf(data, data.refundMinor)} is given back to you; ${kept}`,
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  };
}
