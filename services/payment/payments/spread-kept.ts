/** Divides what a booking is to keep among its charges. */
import type { Given } from "./give-back.ts";
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

/** What booking has decided about the money of all its charges. */
export interface Decided {
  readonly keepMinor: number;
  /** The charge that booking has just made part of the price, if any. */
  readonly accepted: number | null;
  /** What booking still waits for of `keepMinor`, by the balance; 0 where it waits for nothing. */
  readonly openMinor: number;
  /** Of all the booking's charges, also of those that it was not decided about. */
  readonly given: Given;
}

/** The shares by the charges' numbers, and what no charge could hold. */
export interface Spread {
  readonly shares: ReadonlyMap<number, number>;
  readonly missingMinor: number;
}

/**
 * Pure: each charge's share of `keepMinor`. Earlier charges are filled first, so later ones give
 * back first; the balance comes after them, and charges that nobody is known to have accepted come last. Of a balance
 * that booking waits for, booking says the share; one that is not taken and that nobody waits for has none. What was given
 * back on top comes off: of the balance that booking waits for what was given of it, since booking has yet to hear that
 * it is taken; of the rest the rest. What is missing then, the charges cannot hold.
 */
export function spreadKept(charges: Charges, { keepMinor, accepted, openMinor, given }: Decided): Spread {
  const shares = new Map<number, number>();
  const balance = charges.find(({ collection }) => collection !== null);
  const isFixed = balance !== undefined && (openMinor > 0 || balance.intentState !== "captured");
  const fixedMinor = Math.max(0, openMinor - given.ofBalanceMinor);
  if (isFixed) shares.set(balance.charge, Math.min(fixedMinor, mostMinor(balance, accepted)));
  const others = charges.filter((payment) => payment !== balance);
  const sure = others.filter((payment) => isPartOfPrice(payment, accepted));
  const unsure = others.filter((payment) => !isPartOfPrice(payment, accepted));
  const taken = balance === undefined || isFixed ? [] : [balance];
  let leftMinor = Math.max(0, keepMinor - given.inAllMinor - fixedMinor);
  for (const payment of [...sure, ...taken, ...unsure]) {
    const share = Math.min(leftMinor, mostMinor(payment, accepted));
    shares.set(payment.charge, share);
    leftMinor -= share;
  }
  return { shares, missingMinor: leftMinor };
}
