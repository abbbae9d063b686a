/** Who has what of the money that a booking kept, reckoned as on paper. */
import type { Terms } from "./life.ts";

/** A share of an amount, half up to a multiple of `step`. The amounts are small enough for it to be exact. */
export function share(amount: number, part: number, whole: number, step = 1): number {
  return whole === 0 ? 0 : Math.floor((2 * amount * part + whole * step) / (2 * whole * step)) * step;
}

/** The tax that a price includes, as its resource's owner has it on the price. */
export function taxIn(priceMinor: number, taxBasisPoints: number): number {
  return Math.floor((priceMinor * taxBasisPoints) / (10_000 + taxBasisPoints));
}

/** Something the guest paid. */
export interface Paid {
  /** Which of the booking's charges it is. */
  readonly charge: number;
  readonly isBalance: boolean;
  readonly takenMinor: number;
  /** What is to be kept of it. */
  staysMinor: number;
  /** What we gave back of it, and what the guest's bank did. */
  backMinor: number;
  bankMinor: number;
  dispute: { readonly minor: number; isOpen: boolean } | null;
}

/** What all of it comes to in the end. */
export interface Outcome {
  readonly charges: readonly {
    readonly charge: number;
    readonly takenMinor: number;
    readonly backMinor: number;
    readonly bankMinor: number;
  }[];
  /** What is kept, and who has it: nobody as long as the booking is not over. */
  readonly keptMinor: number;
  readonly taxMinor: number;
  readonly platformMinor: number;
  readonly vendorMinor: number;
  /** What the bank took over disputes that were lost and the guest had been given back before. */
  readonly writtenOffMinor: number;
  readonly isSettled: boolean;
}

/** Nobody has a share of what is kept before the booking is over. */
export function shareOut(
  { taxBasisPoints, commissionBasisPoints }: Terms,
  of: {
    readonly priceMinor: number;
    readonly paid: readonly Paid[];
    readonly isOver: boolean;
    readonly writtenOffMinor: number;
  },
): Outcome {
  const { priceMinor, paid, isOver, writtenOffMinor } = of;
  const keptMinor = paid.reduce(
    (sum, { takenMinor, backMinor, bankMinor }) => sum + takenMinor - backMinor - bankMinor,
    0,
  );
  const isSettled = isOver && paid.length > 0;
  const ofSettled = isSettled ? keptMinor : 0;
  const taxMinor = share(ofSettled, taxIn(priceMinor, taxBasisPoints), priceMinor);
  const platformMinor = share(ofSettled - taxMinor, commissionBasisPoints, 10_000);
  return {
    charges: paid
      .map(({ charge, takenMinor, backMinor, bankMinor }) => ({ charge, takenMinor, backMinor, bankMinor }))
      .toSorted((a, b) => a.charge - b.charge),
    keptMinor,
    taxMinor,
    platformMinor,
    vendorMinor: ofSettled - taxMinor - platformMinor,
    writtenOffMinor,
    isSettled,
  };
}
