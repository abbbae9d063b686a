/**
 * The generic cell rate algorithm: a budget that refills evenly, kept as one number a key (ITU-T I.371; Redis' own
 * description is at redis.io/glossary/rate-limiting). Pure, in whole microseconds, so that a script in Redis and this
 * process reckon alike.
 */
import assert from "node:assert";

/** So many calls in each window, and so many of them at once. */
export interface RateRule {
  readonly limit: number;
  readonly windowSeconds: number;
  /** What may come at once after a pause; `limit` where not said. */
  readonly burst?: number;
}

/** What the RateLimit headers tell. */
export interface RateDecision {
  readonly allowed: boolean;
  /** What may come at once after a pause. */
  readonly limit: number;
  /** What may come at once now. */
  readonly remaining: number;
  /** Until the budget is whole again. */
  readonly resetSeconds: number;
  /** Until the refused call would be taken; 0 where it was taken. */
  readonly retryAfterSeconds: number;
}

/** A rule in the algorithm's terms. */
export interface RatePace {
  readonly burst: number;
  /** What one call costs, in µs: the time in which it is refilled. */
  readonly costMicros: number;
  /** How far ahead of now the budget may be used up. */
  readonly toleranceMicros: number;
}

/** What became of a call, in µs from now. */
export interface Reckoned {
  readonly allowed: boolean;
  /** Until the budget is whole again. */
  readonly usedMicros: number;
  readonly waitMicros: number;
}

/** @throws AssertionError for a rule that is none */
export function paceOf({ limit, windowSeconds, burst = limit }: RateRule): RatePace {
  for (const part of [limit, windowSeconds, burst]) assert(Number.isInteger(part) && part > 0, "a rate rule");
  const costMicros = Math.ceil((windowSeconds * 1_000_000) / limit);
  return { burst, costMicros, toleranceMicros: burst * costMicros };
}

/**
 * Decides on a call of `cost` at `nowMicros`. The state is when the budget will be whole again; undefined for a key that
 * is not known. A refused call changes nothing.
 */
export function gcra(
  state: number | undefined,
  pace: RatePace,
  nowMicros: number,
  cost: number,
): Reckoned & { readonly state: number } {
  const wholeAt = Math.max(state ?? nowMicros, nowMicros);
  const then = wholeAt + cost * pace.costMicros;
  const waitMicros = then - pace.toleranceMicros - nowMicros;
  return waitMicros > 0
    ? { allowed: false, state: wholeAt, usedMicros: wholeAt - nowMicros, waitMicros }
    : { allowed: true, state: then, usedMicros: then - nowMicros, waitMicros: 0 };
}

/** What the caller is told of it. */
export function toDecision(pace: RatePace, { allowed, usedMicros, waitMicros }: Reckoned): RateDecision {
  return {
    allowed,
    limit: pace.burst,
    remaining: Math.max(0, Math.floor((pace.toleranceMicros - usedMicros) / pace.costMicros)),
    resetSeconds: Math.ceil(usedMicros / 1_000_000),
    retryAfterSeconds: Math.ceil(waitMicros / 1_000_000),
  };
}
