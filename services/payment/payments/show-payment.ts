/** Shows a guest the payment of their booking. */
import { answer, callerOf, type Call } from "@holdfast/chassis/endpoint";
import type { getPayment, PaymentView } from "@holdfast/contracts/api/payment";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { paymentNotFound } from "../problems.ts";
import type { Payment } from "./payment.ts";
import { toPayment } from "./payment-rows.ts";

/** The client secret is shown only while the guest has something to do with it. */
function viewOf(payment: Payment): PaymentView {
  return {
    paymentId: payment.id,
    bookingId: payment.bookingId,
    status: payment.parkedReason === null ? payment.status : "parked",
    amount: { amountMinor: payment.amountMinor, currency: payment.currency },
    capturedMinor: payment.capturedMinor,
    refundedMinor: payment.refundedMinor,
    clientSecret: payment.status === "action-required" ? payment.clientSecret : null,
    reason: payment.reason,
    createdAt: payment.createdAt,
  };
}

/** @throws paymentNotFound also where the booking is somebody else's */
export async function showPayment(
  { db }: { readonly db: Kysely<PaymentTables> },
  call: Call<typeof getPayment>,
) {
  const row = await db
    .selectFrom("payments")
    .selectAll()
    .where("booking_id", "=", call.params.bookingId)
    .where("customer_id", "=", callerOf(call).userId as Payment["customerId"])
    .executeTakeFirst();
  if (row === undefined) throw paymentNotFound();
  return answer(viewOf(toPayment(row)), { headers: { "cache-control": "no-store" } });
}
