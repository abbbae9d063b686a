/** A charge before anything was asked of it. */
import type { Money } from "@holdfast/contracts/values";
import { usualProvider } from "../providers/provider.ts";
import type { BookingNews } from "./booking-news.ts";
import { type Circumstances, instantAt, type Payment } from "./payment.ts";

/** The charge of that number, as the news that it begins with has it. */
export function newPayment(
  news: BookingNews,
  charge: number,
  { amountMinor, currency }: Money,
  circumstances: Circumstances,
): Payment {
  return {
    id: circumstances.newPaymentId(),
    bookingId: news.bookingId,
    charge,
    charges: 1,
    customerId: news.customerId,
    vendorId: news.vendorId,
    totalMinor: null,
    taxMinor: null,
    completed: false,
    amountMinor,
    currency,
    provider: usualProvider,
    paymentMethod: null,
    captureAtOnce: false,
    saveMethod: false,
    providerCustomer: null,
    usedMethod: null,
    collection: null,
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
    disputed: false,
    chargedBackMinor: 0,
    goodwillMinor: 0,
    fee: null,
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
