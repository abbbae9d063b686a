/** A difference between two sides, as the comparison finds it. */
import type { DiscrepancyKind } from "@holdfast/contracts/api/reconciliation";
import type { Id } from "@holdfast/contracts/ids";
import type { Money } from "@holdfast/contracts/values";

/** What one side says. */
export interface Side {
  readonly says: string;
  readonly amount: Money | null;
}

export interface Finding {
  readonly kind: DiscrepancyKind;
  /** Id of what it is about; with the kind it names the difference. */
  readonly subject: string;
  readonly bookingId: Id<"bkg"> | null;
  readonly ours: Side;
  readonly theirs: Side;
  /** That a repair can end it, as far as both sides tell. */
  readonly repairable: boolean;
}

/** In words alone. */
export function said(says: string): Side {
  return { says, amount: null };
}

export function saidOf(says: string, amountMinor: number, currency: string): Side {
  return { says, amount: { amountMinor, currency } };
}
