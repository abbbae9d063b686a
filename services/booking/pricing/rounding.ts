/** Exact division of amounts, which may leave 2^53 on the way, and their rounding to what can be charged. */
import { smallestCharge } from "@holdfast/contracts/currencies";

/** The quotient rounded to the nearest multiple of `step`, half of one up; for amounts of zero and more. */
export function halfUp(amount: bigint, divisor: bigint, step = 1n): bigint {
  const whole = divisor * step;
  return ((2n * amount + whole) / (2n * whole)) * step;
}

/** What every amount of a currency is rounded to. */
export function stepOf(currency: string): bigint {
  return BigInt(smallestCharge(currency));
}

/** A share of an amount, rounded half up to what can be charged of its currency. */
export function percentOf(amountMinor: number, percent: number, currency: string): number {
  return Number(halfUp(BigInt(amountMinor) * BigInt(percent), 100n, stepOf(currency)));
}
