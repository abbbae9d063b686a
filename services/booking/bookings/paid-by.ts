/** How a booking is paid: as its guest chose, and as its terms allow. */
import { onArrival } from "@holdfast/contracts/api/paying";
import type { BookingPolicies } from "@holdfast/contracts/booking-policies";
import type { BookingRow } from "../database.ts";
import { paymentMethodNotAllowed } from "../problems.ts";

/** What an event says of how money is paid; of a payment method nothing where the guest pays on their side. */
export interface SaidOfPaying {
  readonly provider?: typeof onArrival;
  readonly paymentMethod?: string;
  readonly capture?: "immediate";
}

/** What an event says of how the booking, or a move of it, is paid. */
export function paidBy(
  paymentMethod: string | null | undefined,
  { payment }: Pick<BookingPolicies, "payment">,
): SaidOfPaying {
  if (paymentMethod === onArrival) return { provider: onArrival };
  return {
    ...(paymentMethod !== null && paymentMethod !== undefined && { paymentMethod }),
    ...(payment?.capture === "immediate" && { capture: payment.capture }),
  };
}

/** @throws paymentMethodNotAllowed, naming the field, where the terms do not allow to pay so */
export function requireMethod(
  paymentMethod: string | undefined,
  { payment }: Pick<BookingPolicies, "payment">,
): void {
  if (paymentMethod !== onArrival || payment?.onArrival === true) return;
  const message = "cannot be paid for on arrival";
  throw paymentMethodNotAllowed(undefined, { errors: [{ field: "paymentMethod", message }] });
}

/** @throws paymentMethodNotAllowed, naming the field, where there is nothing to be kept */
export function requireSavable(asked: {
  readonly paymentMethod?: string | undefined;
  readonly savePaymentMethod?: boolean | undefined;
}): void {
  if (asked.savePaymentMethod !== true || asked.paymentMethod !== onArrival) return;
  const message = "cannot be kept: nothing is paid with before arrival";
  throw paymentMethodNotAllowed(undefined, { errors: [{ field: "savePaymentMethod", message }] });
}

/** Whatever is to be kept of it, nobody has paid for a booking that is paid on arrival before the guest is there. */
export function isPaidOnArrival({
  payment_method: paymentMethod,
}: Pick<BookingRow, "payment_method">): boolean {
  return paymentMethod === onArrival;
}
