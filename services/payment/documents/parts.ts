/** What an amount of money consists of: so much without tax, and each tax. Pure. */
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { DocumentTax } from "@holdfast/contracts/api/documents";
import { apportion } from "./apportion.ts";

export interface Parts {
  /** Without any tax. */
  readonly netMinor: number;
  /** Both those that the lines contain and those that are added to them. */
  readonly taxes: readonly DocumentTax[];
}

const sumOf = (taxes: readonly DocumentTax[]) => taxes.reduce((sum, tax) => sum + tax.amountMinor, 0);

/** The whole amount. */
export function totalOf({ netMinor, taxes }: Parts): number {
  return netMinor + sumOf(taxes);
}

/** What of it is tax. */
export function taxOf({ taxes }: Parts): number {
  return sumOf(taxes);
}

/** What is added to the lines. */
export function addedTaxOf({ taxes }: Parts): number {
  return sumOf(taxes.filter(({ included }) => !included));
}

/** The parts of a price: taxes of one name, rate and kind are one, whichever resources they are of. */
export function partsOf(lines: readonly PriceLine[]): Parts {
  const taxes = new Map<string, DocumentTax>();
  let beforeTaxesMinor = 0;
  for (const { kind, label, included, basisPoints = null, amountMinor } of lines) {
    if (kind !== "tax") {
      beforeTaxesMinor += amountMinor;
      continue;
    }
    const key = JSON.stringify([label, basisPoints, included]);
    const known = taxes.get(key)?.amountMinor ?? 0;
    taxes.set(key, { label, basisPoints, included, amountMinor: known + amountMinor });
  }
  const all = [...taxes.values()];
  return { netMinor: beforeTaxesMinor - sumOf(all.filter(({ included }) => included)), taxes: all };
}

function withAmounts(of: Parts, [netMinor = 0, ...amounts]: readonly number[]): Parts {
  return {
    netMinor,
    taxes: of.taxes.map((tax, index) => ({ ...tax, amountMinor: amounts[index] ?? 0 })),
  };
}

const amountsOf = ({ netMinor, taxes }: Parts) => [netMinor, ...taxes.map(({ amountMinor }) => amountMinor)];

/** The parts of so much of it, which add up to that exactly; of all of it, its own. */
export function shareOf(of: Parts, amountMinor: number): Parts {
  return withAmounts(of, apportion(amountMinor, amountsOf(of)));
}

/** What is left when these, which are shares of it, are taken away. */
export function without(of: Parts, taken: readonly Parts[]): Parts {
  const left = taken.reduce(
    (amounts, one) => amounts.map((amount, index) => amount - (amountsOf(one)[index] ?? 0)),
    amountsOf(of),
  );
  return withAmounts(of, left);
}
