/** The mail about money that the vendor gave back of its own accord. */
import { formatMoney } from "@holdfast/chassis/format-money";
import type { EventData } from "@holdfast/contracts/define-event";
import type { bookingGoodwillGiven } from "@holdfast/contracts/events/booking";
import { commonFacts, moneyOf } from "./common-facts.ts";
import type { MailContent } from "./templates.ts";

/** It went back beyond the terms; the booking stands as it does. */
export function goodwillGiven(data: EventData<typeof bookingGoodwillGiven>): MailContent {
  return {
    subject: `Money back: ${data.resourceTitle}`,
    heading: "You have been given money back",
    paragraphs: [
      `${data.vendorName} gives ${formatMoney(data.given)} of what you paid back to you, to what you paid with. Nothing else about your booking changes.`,
    ],
    facts: [
      ...commonFacts(data),
      ["Given back", formatMoney(data.given)],
      ["Kept", moneyOf(data, data.keptMinor)],
      ["Booking", data.bookingId],
    ],
    calendar: null,
  };
}
