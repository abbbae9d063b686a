/** Exact division of amounts, which may leave 2^53 on the way. */

/** The quotient rounded to the nearest integer, half of one up; for amounts of zero and more. */
export function halfUp(amount: bigint, divisor: bigint): bigint {
  return (2n * amount + divisor) / (2n * divisor);
}

/** A share of an amount, rounded half up to the minor unit. */
export function percentOf(amountMinor: number, percent: number): number {
  return Number(halfUp(BigInt(amountMinor) * BigInt(percent), 100n));
}
