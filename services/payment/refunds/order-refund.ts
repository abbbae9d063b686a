/** Somebody of the vendor's, or an administrator, gives a guest money back as a goodwill. */
import { callerOf, type Call } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { orderRefund as endpoint, RefundOrderView } from "@holdfast/contracts/api/refunds";
import { smallestCharge } from "@holdfast/contracts/currencies";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { ChargeBook } from "../payments/charge-book.ts";
import { giveBack, givableMinor, whyNotGiven } from "../payments/give-back.ts";
import type { Charges } from "../payments/payment.ts";
import { lockCharges, writeSteps } from "../payments/payment-rows.ts";
import type { TakeDeps } from "../payments/take-booking-events.ts";
import {
  paymentNotFound,
  refundBeforeCapture,
  refundExceedsKept,
  refundInOtherCurrency,
  refundOfPaidOnArrival,
  refundTooFine,
  refundWhileDisputed,
} from "../problems.ts";
import { mayActFor } from "../vendors/may-act-for.ts";

const refusals = {
  "more-than-kept": refundExceedsKept,
  "not-taken-yet": refundBeforeCapture,
  disputed: refundWhileDisputed,
  "paid-on-arrival": refundOfPaidOnArrival,
} as const;

/** @throws the reason why so much of the booking cannot be given back */
function check(charges: Charges, amountMinor: number, currency: string): void {
  const paidIn = charges[0]?.currency;
  if (paidIn !== currency)
    throw refundInOtherCurrency(undefined, { errors: [{ field: "currency", message: `must be ${paidIn}` }] });
  const smallest = smallestCharge(currency);
  if (amountMinor % smallest !== 0) {
    const message = `must be a multiple of ${smallest}`;
    throw refundTooFine(undefined, { errors: [{ field: "amountMinor", message }] });
  }
  const why = whyNotGiven(charges, amountMinor);
  if (why === null) return;
  const givable = givableMinor(charges);
  throw refusals[why](undefined, {
    errors: [{ field: "amountMinor", message: `must be ${givable} at most, now` }],
    extra: { givableMinor: givable },
  });
}

/**
 * Orders the refund behind the locks of the booking's charges, so that two orders at once never give back more than is kept.
 * @throws paymentNotFound also where the caller may not give money of this vendor's back; a problem of `check`
 */
export async function orderRefund(
  { decider, calls }: Pick<TakeDeps, "decider" | "calls">,
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
  check(charges, amountMinor, currency);
  const givable = givableMinor(charges);
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
    left: { amountMinor: givable - amountMinor, currency },
  };
}
