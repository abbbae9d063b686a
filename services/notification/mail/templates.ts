/** What each mail says: pure functions from an event's facts to content that is then laid out as text and as HTML. */
import { formatMoney } from "@holdfast/chassis/format-money";
import type { EventData } from "@holdfast/contracts/define-event";
import type {
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
import { approvalRequested, noShow, waitlistOffer } from "./arrival-templates.ts";
import { balanceDueSoon, balanceFailed, balancePaid } from "./balance-templates.ts";
import { changeDropped, differenceDue, rescheduled } from "./change-templates.ts";
import { commonFacts, totalAndBooking } from "./common-facts.ts";
import { explainDecline } from "./explain-decline.ts";
import { goodwillGiven } from "./goodwill-template.ts";

/** Every mail there is, with the facts it tells. */
export interface TemplateData {
  "approval-requested": EventData<typeof bookingApprovalRequested>;
  "balance-due-soon": EventData<typeof bookingBalanceDueSoon>;
  "balance-failed": EventData<typeof bookingBalanceFailed>;
  "balance-paid": EventData<typeof bookingBalancePaid>;
  "booking-confirmed": EventData<typeof bookingConfirmed>;
  "booking-cancelled": EventData<typeof bookingCancelled>;
  "booking-declined": EventData<typeof bookingDeclined>;
  "booking-rescheduled": EventData<typeof bookingRescheduled>;
  "change-dropped": EventData<typeof bookingChangeDropped>;
  "difference-due": EventData<typeof bookingChangeHeld>;
  "goodwill-given": EventData<typeof bookingGoodwillGiven>;
  "hold-ended": EventData<typeof bookingExpired>;
  "late-payment": EventData<typeof bookingExpired>;
  "no-show": EventData<typeof bookingNoShow>;
  "waitlist-offer": EventData<typeof waitlistOffered>;
}
export type Template = keyof TemplateData;
export type AnyTemplateData = TemplateData[Template];
/** The templates that such facts are enough for. */
export type TemplateFor<D> = { [T in Template]: D extends TemplateData[T] ? T : never }[Template];

/** A mail before it is laid out. Nothing in it is escaped. */
export interface MailContent {
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** Label and value, in order. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** What the calendar file asks the guest's calendar to do; null: there is none. */
  readonly calendar: "publish" | "cancel" | null;
  /** What the person is to do, where a link does it. */
  readonly action?: { readonly label: string; readonly url: string };
}

function refundSentence(data: TemplateData["booking-cancelled"]): string {
  const { keepMinor, refundMinor, total } = data;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: total.currency });
  if (total.amountMinor === 0) return "There was nothing to pay, so there is nothing to give back.";
  if (data.paidOnArrival === true) return "It was to be paid on arrival, so there is nothing to give back.";
  if (!data.wasConfirmed) return "Nothing is charged; what your bank may have set aside for it is released.";
  if (keepMinor === 0) return `The whole amount, ${money(refundMinor)}, is given back to you.`;
  const rules = "under the cancellation rules that held when you booked";
  if (refundMinor === 0) return `Nothing is given back, ${rules}; ${money(keepMinor)} is kept.`;
  return `${money(refundMinor)} is given back to you; ${money(keepMinor)} is kept, ${rules}.`;
}

type Templates = { readonly [T in Template]: (data: TemplateData[T]) => MailContent };

const templates: Templates = {
  "approval-requested": approvalRequested,
  "balance-due-soon": balanceDueSoon,
  "balance-failed": balanceFailed,
  "balance-paid": balancePaid,
  "booking-rescheduled": rescheduled,
  "change-dropped": changeDropped,
  "difference-due": differenceDue,
  "goodwill-given": goodwillGiven,
  "no-show": noShow,
  "waitlist-offer": waitlistOffer,
  "booking-confirmed": (data) => ({
    subject: `Confirmed: ${data.resourceTitle}`,
    heading: "Your booking is confirmed",
    paragraphs: ["You will find it in the attached calendar file, too."],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: "publish",
  }),
  "booking-cancelled": (data) => ({
    subject: `Cancelled: ${data.resourceTitle}`,
    heading: "Your booking is cancelled",
    paragraphs: [
      ...(data.byVendor === true ? [`${data.vendorName} had to call it off, and is sorry.`] : []),
      ...(data.balanceUnpaid === true ? ["Its balance was not paid in time."] : []),
      refundSentence(data),
    ],
    facts: [
      ...commonFacts(data),
      ["Total", formatMoney(data.total)],
      ...(data.wasConfirmed && data.paidOnArrival !== true
        ? [["Refund", formatMoney({ ...data.total, amountMinor: data.refundMinor })] as [string, string]]
        : []),
      ["Booking", data.bookingId],
    ],
    // Only what was confirmed ever reached the guest's calendar.
    calendar: data.wasConfirmed ? "cancel" : null,
  }),
  "booking-declined": (data) => ({
    subject: `Not booked: ${data.resourceTitle}`,
    heading: "Your booking could not be completed",
    paragraphs: [
      explainDecline(data.reason),
      "Nothing is charged. The time is no longer held for you; you may book again.",
    ],
    facts: [...commonFacts(data), ...totalAndBooking(data)],
    calendar: null,
  }),
  "hold-ended": (data) => ({
    subject: `Your hold has ended: ${data.resourceTitle}`,
    heading: "Your hold has ended",
    paragraphs: [
      "No payment reached us in time, so the time is no longer held for you. Nothing is charged; you may book again.",
    ],
    facts: [...commonFacts(data), ["Booking", data.bookingId]],
    calendar: null,
  }),
  "late-payment": (data) => ({
    subject: `Your payment is given back: ${data.resourceTitle}`,
    heading: "Your payment is given back",
    paragraphs: [
      `Your payment of ${formatMoney(data.paid ?? data.total)} reached us after your hold had ended, and the time had gone to somebody else by then. The whole amount is given back to you.`,
    ],
    facts: [...commonFacts(data), ["Booking", data.bookingId]],
    calendar: null,
  }),
};

/** What that mail says. `data` is the template's own, which is how it was written. */
export function contentOf(template: Template, data: AnyTemplateData): MailContent {
  return (templates[template] as (facts: AnyTemplateData) => MailContent)(data);
}
