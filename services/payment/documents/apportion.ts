/** Divides an amount in proportion, to the minor unit. */

/** The quotient rounded down, also below zero. */
function floorDiv(amount: bigint, divisor: bigint): bigint {
  const quotient = amount / divisor;
  return amount % divisor < 0n ? quotient - 1n : quotient;
}

/**
 * Shares of `amountMinor` in proportion to the weights, which add up to it exactly: each is rounded down, and the units
 * left go to the largest remainders, earlier ones first where they are equal (Hamilton's method). Of weights of zero and
 * more a share never exceeds its weight while the amount does not exceed their sum; the whole sum gives the weights.
 * Weights that add up to nothing give all of it to the first.
 */
export function apportion(amountMinor: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + BigInt(weight), 0n);
  if (sum === 0n) return weights.map((_, index) => (index === 0 ? amountMinor : 0));
  const exact = weights.map((weight, index) => {
    const product = BigInt(weight) * BigInt(amountMinor);
    const share = floorDiv(product, sum);
    return { index, share, remainder: product - share * sum };
  });
  const shares = exact.map(({ share }) => share);
  const left = BigInt(amountMinor) - shares.reduce((total, share) => total + share, 0n);
  const inTurn = exact.toSorted((a, b) => Number(b.remainder - a.remainder) || a.index - b.index);
  for (const { index } of inTurn.slice(0, Number(left))) shares[index] = shares[index]! + 1n;
  return shares.map(Number);
}
