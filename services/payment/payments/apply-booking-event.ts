/** Takes in what booking says. Every event carries the booking's version, so what is older than what is known is let go. */
import type { Id } from "@holdfast/contracts/ids";
import {
  type Asked,
  type Circumstances,
  type Draft,
  instantAt,
  type Payment,
  type Step,
  unchanged,
} from "./payment.ts";
import { draftOf, hasEnded, proceed } from "./plan-call.ts";

/** What payment needs to know of a booking event. */
export interface BookingNews {
  readonly bookingId: Id<"bkg">;
  readonly customerId: Id<"usr">;
  readonly total: { readonly amountMinor: number; readonly currency: string };
  readonly version: number;
  readonly traceparent: string | null;
  readonly wants: Wants;
}

/** What the event asks of payment. */
export type Wants =
  | { readonly asked: "authorise"; readonly paymentMethod: string | null }
  | { readonly asked: "expire" }
  | { readonly asked: "capture" }
  /** `afterDecline`: the booking ended because this very payment was declined, so the end needs no answer. */
  | { readonly asked: "settle"; readonly keepMinor: number; readonly afterDecline: boolean };

function newPayment(news: BookingNews, circumstances: Circumstances): Payment {
  return {
    id: circumstances.newPaymentId(),
    bookingId: news.bookingId,
    customerId: news.customerId,
    amountMinor: news.total.amountMinor,
    currency: news.total.currency,
    paymentMethod: null,
    bookingVersion: 0,
    asked: "authorise",
    targetMinor: null,
    status: "requested",
    intentId: null,
    intentState: null,
    clientSecret: null,
    authorisedMinor: 0,
    capturedMinor: 0,
    refundedMinor: 0,
    reason: null,
    version: 0,
    call: null,
    calls: 0,
    failures: 0,
    looks: 0,
    nextAttemptAt: null,
    parkedReason: null,
    traceparent: null,
    createdAt: instantAt(circumstances.nowMs),
  };
}

function targetOf(wants: Wants, amountMinor: number): number | null {
  if (wants.asked === "capture") return amountMinor;
  if (wants.asked === "settle") return Math.min(wants.keepMinor, amountMinor);
  return null;
}

/** A confirmed booking whose `held` had not been seen: with the payment method known, the money can be asked for. */
const catchesUp: readonly Asked[] = ["authorise", "capture"];

function takeLateHeld(payment: Payment, news: BookingNews, circumstances: Circumstances): Step {
  const { wants } = news;
  const isMissing =
    payment.calls === 0 && payment.status === "requested" && catchesUp.includes(payment.asked);
  if (!isMissing || wants.asked !== "authorise") return unchanged(payment);
  const draft = draftOf(payment);
  draft.payment.paymentMethod = wants.paymentMethod;
  draft.payment.parkedReason = null;
  return proceed(draft, circumstances);
}

/** What a booking asks for is news for a payment that was parked: it is tried again at once. */
function unpark({ payment }: Draft, { nowMs }: Circumstances): void {
  if (payment.parkedReason === null) return;
  payment.parkedReason = null;
  payment.failures = 0;
  if (payment.call !== null) payment.nextAttemptAt = instantAt(nowMs);
}

/** The payment after a booking event; a payment not known yet begins with whichever event comes first. */
export function applyBookingEvent(
  present: Payment | undefined,
  news: BookingNews,
  circumstances: Circumstances,
): Step {
  if (present !== undefined && news.version <= present.bookingVersion) {
    return takeLateHeld(present, news, circumstances);
  }
  const draft = draftOf(present ?? newPayment(news, circumstances));
  const { payment } = draft;
  const { wants } = news;
  payment.bookingVersion = news.version;
  payment.traceparent = news.traceparent ?? payment.traceparent;
  payment.asked = wants.asked;
  payment.targetMinor = targetOf(wants, payment.amountMinor);
  if (wants.asked === "authorise") payment.paymentMethod = wants.paymentMethod;
  // It had ended already (crossed with our refusal, or with a loss at Stripe), and booking waits to hear that nothing is
  // taken: it is told so (again).
  const waitsForAnswer = wants.asked === "expire" || (wants.asked === "settle" && !wants.afterDecline);
  if (hasEnded(payment) && waitsForAnswer) payment.status = "requested";
  unpark(draft, circumstances);
  if (present === undefined && wants.asked === "capture" && payment.amountMinor > 0) {
    payment.parkedReason = "confirmed-without-payment";
  }
  return proceed(draft, circumstances);
}
