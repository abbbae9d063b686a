/** Divides what a booking is to keep among its charges. */
import type { Charges, Payment } from "./payment.ts";
import { hasEnded } from "./plan-call.ts";

/**
 * Is the charge known to be part of the price? One that booking never decided about may have been refused or dropped in
 * news that has not come yet, or accepted in news that was overtaken.
 */
function isPartOfPrice(payment: Payment, accepted: number | null): boolean {
  return payment.charge === 1 || payment.charge === accepted || payment.targetMinor !== null;
}

/** The most a charge can be asked to keep: what was once to be given back is never taken again. */
function mostMinor(payment: Payment, accepted: number | null): number {
  if (payment.targetMinor !== null) return payment.targetMinor;
  if (isPartOfPrice(payment, accepted)) return payment.amountMinor;
  // Booking accepts a difference only once it is authorised.
  return hasEnded(payment) ? 0 : payment.authorisedMinor;
}

/**
 * Pure: each charge's share of `keepMinor`, by the charge's number. Earlier charges are filled first, so later ones give
 * back first; charges that nobody is known to have accepted come last. `accepted` is the charge that booking has just
 * made part of the price, if any. The shares fall short of `keepMinor` only where the charges cannot hold it.
 */
export function spreadKept(
  charges: Charges,
  keepMinor: number,
  accepted: number | null,
): ReadonlyMap<number, number> {
  const sure = charges.filter((payment) => isPartOfPrice(payment, accepted));
  const unsure = charges.filter((payment) => !isPartOfPrice(payment, accepted));
  const shares = new Map<number, number>();
  let leftMinor = keepMinor;
  for (const payment of [...sure, ...unsure]) {
    const share = Math.min(leftMinor, mostMinor(payment, accepted));
    shares.set(payment.charge, share);
    leftMinor -= share;
  }
  return shares;
}
