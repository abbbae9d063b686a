/** Somebody of the vendor's, or an administrator, gives a guest money back as a goodwill. */
import { callerOf, type Call } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { orderRefund as endpoint, RefundOrderView } from "@holdfast/contracts/api/refunds";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { ChargeBook } from "../payments/charge-book.ts";
import { giveBack, givableMinor } from "../payments/give-back.ts";
import { lockCharges, writeSteps } from "../payments/payment-rows.ts";
import type { TakeDeps } from "../payments/take-booking-events.ts";
import { paymentNotFound, refundNotPossible } from "../problems.ts";
import { mayActFor } from "../vendors/may-act-for.ts";

function refuse(field: string, message: string, keptMinor?: number) {
  return refundNotPossible(undefined, {
    errors: [{ field, message }],
    ...(keptMinor !== undefined && { extra: { keptMinor } }),
  });
}

/**
 * Orders the refund behind the locks of the booking's charges, so that two orders at once never give back more than is kept.
 * @throws paymentNotFound also where the caller may not give money of this vendor's back; refundNotPossible
 */
export async function orderRefund(
  { decider, calls }: TakeDeps,
  unit: UnitOfWork<PaymentTables>,
  call: Call<typeof endpoint>,
): Promise<RefundOrderView> {
  const caller = callerOf(call);
  const { bookingId } = call.params;
  const { amountMinor, currency, reason } = call.body;
  const book = new ChargeBook(await lockCharges(unit, [bookingId]));
  const charges = book.of(bookingId);
  const vendorId = charges[0]?.vendorId ?? null;
  const permission = call.endpoint.access;
  if (vendorId === null || !(await mayActFor(unit.tx, caller, { vendorId, permission })))
    throw paymentNotFound();
  const kept = givableMinor(charges);
  if (charges[0]?.currency !== currency)
    throw refuse("currency", `must be ${charges[0]?.currency}, as it was paid`);
  if (amountMinor > kept) throw refuse("amountMinor", `must be ${kept} at most, which is what is kept`, kept);
  for (const step of giveBack(charges, amountMinor, decider.circumstances())) book.take(step);
  const changed = book.changed();
  await writeSteps(unit, changed, decider.now(), decider.machineNow());
  await noteSettlements(unit, book, decider.now());
  const order = {
    id: newId("rfo"),
    booking_id: bookingId,
    vendor_id: vendorId,
    amount_minor: amountMinor,
    currency,
    reason,
    ordered_by: caller.userId as Id<"usr">,
    ordered_at: decider.now().toString({ smallestUnit: "millisecond" }),
  };
  await unit.tx.insertInto("refund_orders").values(order).execute();
  unit.afterCommit(() => calls.begin(changed.filter(({ begins }) => begins).map(({ payment }) => payment)));
  return {
    refundOrderId: order.id,
    bookingId,
    amount: { amountMinor, currency },
    reason,
    orderedBy: order.ordered_by,
    orderedAt: order.ordered_at,
    left: { amountMinor: kept - amountMinor, currency },
  };
}
