/** Shows a guest the payment of their booking, with each of its charges. */
import { answer, callerOf, type Call } from "@holdfast/chassis/endpoint";
import type { ChargeView, getPayment, PaymentView } from "@holdfast/contracts/api/payment";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { paymentNotFound } from "../problems.ts";
import { kindOf, type Payment } from "./payment.ts";
import { toPayment } from "./payment-rows.ts";

/** The client secret is shown only while the guest has something to do with it. */
function viewOf(payment: Payment): Omit<ChargeView, "charge"> {
  return {
    paymentId: payment.id,
    kind: kindOf(payment),
    dueAt: payment.collection?.dueAt ?? null,
    status: payment.parkedReason === null ? payment.status : "parked",
    provider: payment.provider,
    amount: { amountMinor: payment.amountMinor, currency: payment.currency },
    capturedMinor: payment.capturedMinor,
    refundedMinor: payment.refundedMinor,
    chargedBackMinor: payment.chargedBackMinor,
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
  const { bookingId } = call.params;
  const rows = await db
    .selectFrom("payments")
    .selectAll()
    .where("booking_id", "=", bookingId)
    .where("customer_id", "=", callerOf(call).userId as Payment["customerId"])
    .orderBy("charge")
    .execute();
  const payments = rows.map(toPayment);
  const [first] = payments;
  if (first === undefined) throw paymentNotFound();
  const charges = payments.map((payment) => ({ charge: payment.charge, ...viewOf(payment) }));
  const view: PaymentView = { bookingId, ...viewOf(first), charges };
  return answer(view, { headers: { "cache-control": "no-store" } });
}
