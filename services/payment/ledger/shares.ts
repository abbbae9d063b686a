/** Who gets what of the money that a booking kept. */

/** What a booking comes to, in minor units. `taxMinor`, `commissionMinor` and `payableMinor` add up to what is kept. */
export interface Shares {
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly taxMinor: number;
  readonly commissionMinor: number;
  readonly payableMinor: number;
  /** What of the kept the vendor has in hand, from guests who paid on arrival. */
  readonly onArrivalMinor: number;
}

/** Of a booking that was never settled. */
export const nothing: Shares = {
  capturedMinor: 0,
  refundedMinor: 0,
  taxMinor: 0,
  commissionMinor: 0,
  payableMinor: 0,
  onArrivalMinor: 0,
};

/** `amount * part / whole`, half up, exact for amounts of any size; nothing of nothing. */
function shareOf(amountMinor: number, part: number, whole: number): number {
  if (whole === 0) return 0;
  const [doubled, divisor] = [2n * BigInt(amountMinor) * BigInt(part), BigInt(whole)];
  return Number((doubled + divisor) / (2n * divisor));
}

const wholeBasisPoints = 10_000;

/**
 * Pure: tax is the same part of what is kept as it is of the price; the commission is of what is left without it; the rest,
 * with what the roundings left, is the vendor's.
 */
export function sharesOf(booking: {
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly onArrivalMinor: number;
  readonly totalMinor: number;
  /** What of the total is tax. */
  readonly taxMinor: number;
  readonly basisPoints: number;
}): Shares {
  const { capturedMinor, refundedMinor, onArrivalMinor, totalMinor, basisPoints } = booking;
  const keptMinor = capturedMinor - refundedMinor;
  const taxMinor = Math.min(keptMinor, shareOf(keptMinor, booking.taxMinor, totalMinor));
  const commissionMinor = shareOf(keptMinor - taxMinor, basisPoints, wholeBasisPoints);
  const payableMinor = keptMinor - taxMinor - commissionMinor;
  return { capturedMinor, refundedMinor, taxMinor, commissionMinor, payableMinor, onArrivalMinor };
}
