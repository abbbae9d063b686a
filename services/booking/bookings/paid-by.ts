/** How a booking is paid: as its guest chose, and as its terms allow. */
import { onArrival } from "@holdfast/contracts/api/paying";
import type { BookingPolicies } from "@holdfast/contracts/booking-policies";
import type { BookingRow } from "../database.ts";
import { paymentMethodNotAllowed } from "../problems.ts";

/** What an event says of how its money is paid; nothing where the guest pays on their side. */
export function paidBy(
  paymentMethod: string | null | undefined,
): { readonly provider: typeof onArrival } | { readonly paymentMethod: string } | undefined {
  if (paymentMethod === null || paymentMethod === undefined) return undefined;
  return paymentMethod === onArrival ? { provider: onArrival } : { paymentMethod };
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

/** Whatever is to be kept of it, nobody has paid for a booking that is paid on arrival before the guest is there. */
export function isPaidOnArrival({
  payment_method: paymentMethod,
}: Pick<BookingRow, "payment_method">): boolean {
  return paymentMethod === onArrival;
}
