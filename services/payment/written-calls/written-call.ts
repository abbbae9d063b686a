/**
 * Calls to the provider about anything but a guest's charge: each is written down with what it is about before it is made,
 * so that whoever takes over makes the very same one, and a call that may be forgotten there is looked up before another
 * is made. Pure.
 */
import assert from "node:assert";
import type { Failed } from "../payments/answer.ts";
import { retryAfterMs } from "../payments/apply-answer.ts";
import { type Circumstances, instantAt } from "../payments/payment.ts";

/** A call as it was written down. */
export interface WrittenCall<P extends string> {
  readonly purpose: P;
  /** `<subject>:<purpose>:<number>`; the idempotency key, and what an answer is matched by. */
  readonly key: string;
  /** How often it has failed under this key. */
  readonly failures: number;
  /** Machine time at which it was written down: its key cannot be older at the provider. */
  readonly plannedAtMs: number;
}

/** How the calls about a thing stand; columns of its row. */
export interface Calling<P extends string> {
  /** The one call under way. */
  readonly call: WrittenCall<P> | null;
  /** How many calls were ever planned; numbers their keys. */
  readonly calls: number;
  /** Failures since the provider last answered. */
  readonly failures: number;
  /** When whoever sees it takes the row up. */
  readonly nextAttemptAt: string | null;
  /** Why no progress is to be expected without a person; null where all is well. */
  readonly parkedReason: string | null;
}

/** Nothing was asked yet. */
export const untried = {
  call: null,
  calls: 0,
  failures: 0,
  nextAttemptAt: null,
  parkedReason: null,
} as const;

/** What deciding needs from outside. */
export type Surroundings = Pick<Circumstances, "nowMs" | "random" | "patience">;

/** After so many errors that the provider keeps for a key, what it did is looked up and a new key is used. */
const keptErrorsMax = 3;

/** Writes a new call down, to be made at once; whoever finds it unanswered after `claimMs` makes it again. */
export function planned<P extends string, T extends Calling<P>>(
  of: T,
  {
    purpose,
    subject,
    name = purpose,
  }: { readonly purpose: P; readonly subject: string; readonly name?: string },
  { nowMs, patience }: Surroundings,
): T {
  assert(of.call === null, "one call at a time");
  const calls = of.calls + 1;
  const call = { purpose, key: `${subject}:${name}:${calls}`, failures: 0, plannedAtMs: nowMs };
  return { ...of, call, calls, nextAttemptAt: instantAt(nowMs + patience.claimMs) };
}

/** The call is over; whoever sees it takes the row up at `nextAttemptAt`, or nobody does. */
export function answered<P extends string, T extends Calling<P>>(of: T, nextAttemptAt: string | null): T {
  return { ...of, call: null, failures: 0, parkedReason: null, nextAttemptAt };
}

/** Is what this call may have done to be looked up by now, instead of doing it again? */
export function mayBeForgotten(call: WrittenCall<string>, { nowMs, patience }: Surroundings): boolean {
  return nowMs - call.plannedAtMs > patience.keyKnownMs || call.failures >= keptErrorsMax;
}

/** Whoever takes the row up makes its call, and nobody else does for `claimMs`. */
export function claimed<P extends string, T extends Calling<P>>(of: T, { nowMs, patience }: Surroundings): T {
  return { ...of, nextAttemptAt: instantAt(nowMs + patience.claimMs) };
}

/**
 * It may have been done or not: the same call is made again later, ever more seldom, and in the end a person is told. While
 * the provider is away for everybody, nobody's failures are counted.
 */
export function failed<P extends string, T extends Calling<P>>(
  of: T,
  { reason, kept, waitMs: awayMs }: Failed,
  { nowMs, random, patience }: Surroundings,
): T {
  assert(of.call !== null, "what failed was a call");
  const failures = of.failures + (awayMs === undefined ? 1 : 0);
  const call = { ...of.call, failures: of.call.failures + (kept ? 1 : 0) };
  const isParked = awayMs === undefined && failures >= patience.failuresMax;
  const againMs = isParked ? patience.parkedRetryMs : retryAfterMs(failures, patience, random());
  // Not all at once when it is over.
  const waitMs = awayMs === undefined ? againMs : Math.round(awayMs * (1 + random() / 2));
  return {
    ...of,
    call,
    failures,
    nextAttemptAt: instantAt(nowMs + waitMs),
    parkedReason: isParked ? `stripe-${reason}` : of.parkedReason,
  };
}
