/** Exact division of amounts, which may leave 2^53 on the way. */

/** The quotient rounded to the nearest integer, half of one up; for amounts of zero and more. */
export function halfUp(amount: bigint, divisor: bigint): bigint {
  return (2n * amount + divisor) / (2n * divisor);
}
