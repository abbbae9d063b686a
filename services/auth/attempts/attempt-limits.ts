/**
 * How many attempts to prove who one is may fail. Guessing one account's password is held up by account; trying leaked
 * passwords on many accounts by network; and where both are spread thin, by how many fail in all.
 */
import type { RateDecision, RateRule } from "@holdfast/chassis/rate-limit";

export type AttemptRule = "account-failures" | "owner-failures" | "network-failures" | "failures";

const windowSeconds = 15 * 60;
const perAccount = 10;
/** Of one account from a network that it signed in from: strangers elsewhere cannot use it up. */
const perOwner = 20;
/** The share of the limits that is left while failures abound everywhere. */
const perAccountUnderAttack = 3;
const networkShareUnderAttack = 0.2;
/** Failures from so many exhausted networks are an attack from everywhere. */
const exhaustedNetworks = 10;

/** The limits, in failures of fifteen minutes. They refill evenly. */
export function attemptRules(perNetwork: number): Record<AttemptRule, RateRule> {
  return {
    "account-failures": { limit: perAccount, windowSeconds },
    "owner-failures": { limit: perOwner, windowSeconds },
    "network-failures": { limit: perNetwork, windowSeconds },
    failures: { limit: perNetwork * exhaustedNetworks, windowSeconds },
  };
}

/** What is asked of the limits before an attempt: so much must be left of each. */
export interface Needed {
  readonly account: number;
  readonly network: number;
}

export function needed(perNetwork: number, isUnderAttack: boolean): Needed {
  if (!isUnderAttack) return { account: 1, network: 1 };
  const networkMax = Math.max(1, Math.floor(perNetwork * networkShareUnderAttack));
  return { account: perAccount - perAccountUnderAttack + 1, network: perNetwork - networkMax + 1 };
}

/** Seconds until a stranger may try again; 0 where they may now. */
export function strangerWaits(decisions: readonly RateDecision[]): number {
  const refused = decisions.filter(({ allowed }) => !allowed);
  return refused.length === 0 ? 0 : Math.max(1, ...refused.map((one) => one.retryAfterSeconds));
}
