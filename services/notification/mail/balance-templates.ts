/** Mails about the part of a booking that is paid later. */
import { formatMoney } from "@holdfast/chassis/format-money";
import type { EventData } from "@holdfast/contracts/define-event";
import type {
  bookingBalanceDueSoon,
  bookingBalanceFailed,
  bookingBalancePaid,
  BookingFacts,
} from "@holdfast/contracts/events/booking";
import { commonFacts, totalAndBooking } from "./common-facts.ts";
import { explainDecline } from "./explain-decline.ts";
import { formatMoment } from "./format-times.ts";
import type { MailContent } from "./templates.ts";

/** It is about to be taken. */
export function balanceDueSoon(data: EventData<typeof bookingBalanceDueSoon>): MailContent {
  return {
    subject: `The balance will soon be due: ${data.resourceTitle}`,
    heading: "The balance of your booking will soon be due",
    paragraphs: [
      `${whatIsDue(data)} is taken on ${when(data, "dueAt")}, by what you paid the deposit with. There is nothing that you have to do.`,
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  };
}

/** It could not be taken: what the guest can do, and until when. */
export function balanceFailed(data: EventData<typeof bookingBalanceFailed>): MailContent {
  const again =
    data.nextAttemptAt === undefined
      ? "We do not try it again by ourselves."
      : `We try it again on ${formatMoment(data.nextAttemptAt, data.zone)}.`;
  return {
    subject: `Please pay the balance: ${data.resourceTitle}`,
    heading: "The balance of your booking could not be taken",
    paragraphs: [
      `${whatIsDue(data)} was due and could not be taken. ${explainBalance(data.reason)}`,
      `${again} You can pay it yourself at any time until then, by another card too: open your booking and pay its balance there.`,
      `Your booking is yours until ${when(data, "givesUpAt")}. If the balance is not paid by then, it is cancelled, and what is kept follows the cancellation rules that held when you booked.`,
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  };
}

/** Nothing is to be paid any more. */
export function balancePaid(data: EventData<typeof bookingBalancePaid>): MailContent {
  return {
    subject: `Paid in full: ${data.resourceTitle}`,
    heading: "Your booking is paid in full",
    paragraphs: [
      ...(data.afterFailures === true ? ["This time it worked: nothing is left for you to do."] : []),
      `The balance, ${formatMoney(data.paid)}, was paid.`,
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  };
}

function whatIsDue({ balance }: BookingFacts): string {
  return balance === undefined ? "The balance" : `The balance, ${formatMoney(balance.amount)},`;
}

function when({ balance, zone, startsAt }: BookingFacts, which: "dueAt" | "givesUpAt"): string {
  return formatMoment(balance?.[which] ?? startsAt, zone);
}

const ofBalances: Readonly<Record<string, string>> = {
  "payment/authentication-required":
    "Your bank wants you to approve it, which you can do when you pay it yourself.",
  "payment/method-not-usable": "What you paid the deposit with can no longer be used.",
  "payment/method-missing": "What you paid the deposit with can no longer be used.",
};

function explainBalance(reason: string): string {
  return ofBalances[reason] ?? explainDecline(reason);
}
