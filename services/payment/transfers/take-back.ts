/** How much of what a vendor was sent is to be taken back, and from which transfers. */
import type { OpenItem } from "./payable.ts";
import { sumOf } from "./payable.ts";
import type { Transfer } from "./transfer.ts";

/** A part of a transfer that is to come back. */
export interface TakeBack {
  readonly of: Transfer;
  readonly payableMinor: number;
  readonly taxMinor: number;
}

/** What can still be taken back of a transfer. */
function unreversedMinor({ amountMinor, reversedMinor, reversingMinor }: Transfer): number {
  return amountMinor - reversedMinor - reversingMinor;
}

function shareOf(amountMinor: number, part: number, whole: number): number {
  const [doubled, divisor] = [2n * BigInt(amountMinor) * BigInt(part), BigInt(whole)];
  return Number((doubled + divisor) / (2n * divisor));
}

/**
 * Pure: what one booking's open items owe is taken back from the transfers that paid for it, the latest first, as far as
 * anything is left there. What is not taken back stays owed, and the next transfer is the smaller for it. Tax comes back
 * in the part in which it is owed.
 */
export function takeBacks(
  open: readonly OpenItem[],
  sent: readonly Transfer[],
  alreadyMinor: number,
): TakeBack[] {
  const owedMinor = -sumOf(open);
  const owedTaxMinor = Math.max(0, -open.reduce((sum, { taxMinor }) => sum + taxMinor, 0));
  let leftMinor = owedMinor - alreadyMinor;
  const taken: TakeBack[] = [];
  for (const of of sent.toSorted((a, b) => (a.id < b.id ? 1 : -1))) {
    const amountMinor = Math.min(leftMinor, unreversedMinor(of));
    if (amountMinor <= 0) continue;
    leftMinor -= amountMinor;
    const taxMinor = Math.min(amountMinor, shareOf(amountMinor, owedTaxMinor, owedMinor));
    taken.push({ of, payableMinor: amountMinor - taxMinor, taxMinor });
  }
  return taken;
}
