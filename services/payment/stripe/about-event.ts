/** What one of Stripe's events is about, as far as anything is done about it. */
import type { Stripe } from "stripe";
import type { Payment } from "../payments/payment.ts";
import { changedAccountOf } from "./account-notice.ts";
import { disputeOf, isBookingId, type Notice, noticeOf } from "./notice.ts";

export interface AboutEvent {
  /** Whose booking's it says it is, also where nothing is done about it: erasing a person finds it by that. */
  readonly bookingId: Payment["bookingId"] | null;
  /** Of a charge. */
  readonly notice: Notice | null;
  /** Id of the vendor's account that it says has changed. */
  readonly changedAccount: string | null;
  /** Stripe's id of the dispute that it tells of. */
  readonly disputeId: string | null;
  /**
   * It happened in another account than its like may: charges and disputes are the platform's own, and what happens in a
   * vendor's account, where the vendor may write what it likes, says nothing about them.
   */
  readonly isElsewhere: boolean;
}

const nothing: AboutEvent = {
  bookingId: null,
  notice: null,
  changedAccount: null,
  disputeId: null,
  isElsewhere: false,
};
const elsewhere: AboutEvent = { ...nothing, isElsewhere: true };

function bookingOf({ data: { object } }: Stripe.Event): Payment["bookingId"] | null {
  const metadata = "metadata" in object ? object.metadata : null;
  const bookingId = metadata?.["booking_id"];
  return isBookingId(bookingId) ? bookingId : null;
}

/** Pure: what the event is about; the account it happened in is named where that is not the platform's own. */
export function aboutEvent(event: Stripe.Event): AboutEvent {
  const { account } = event;
  const changedAccount = changedAccountOf(event);
  if (changedAccount !== null) {
    return account !== undefined && account !== changedAccount ? elsewhere : { ...nothing, changedAccount };
  }
  const notice = noticeOf(event);
  const disputeId = disputeOf(event);
  const bookingId = bookingOf(event);
  if (notice === null && disputeId === null) return { ...nothing, bookingId };
  return account === undefined ? { ...nothing, bookingId, notice, disputeId } : elsewhere;
}

/** Is there nothing in it that anything is done about? */
export function isIgnored({ notice, changedAccount, disputeId, isElsewhere }: AboutEvent): boolean {
  return notice === null && changedAccount === null && disputeId === null && !isElsewhere;
}
