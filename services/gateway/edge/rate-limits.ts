/** How much of each class of route one caller gets, and how the answer tells (draft-ietf-httpapi-ratelimit-headers). */
import type { RateDecision, RateLimiter, RateRule } from "@holdfast/chassis/rate-limit";
import { tooManyRequests } from "@holdfast/chassis/problems";
import type { Problem } from "@holdfast/chassis/problem";
import type { Caller } from "@holdfast/chassis/tokens";
import type { GatewayRoute, LimitClass } from "../routes.ts";
import { addressKey } from "./client-address.ts";

/**
 * ordinary: an account, or an address without one, working as fast as a person with a few tabs can.
 * costly: files of thousands of bookings, a hundred bookings at once, calendars fetched elsewhere; counted by itself.
 * sensitive: guessing passwords and filling the database with accounts; an address, on each such route alone.
 * webhook: Stripe sends bursts from few addresses and its signature is checked anyway.
 * stream: opening one; how many may be open is the service's own bound.
 */
export const rateRules = {
  ordinary: { limit: 1_200, windowSeconds: 60, burst: 600 },
  costly: { limit: 120, windowSeconds: 60, burst: 60 },
  sensitive: { limit: 30, windowSeconds: 60, burst: 20 },
  webhook: { limit: 12_000, windowSeconds: 60, burst: 6_000 },
  stream: { limit: 60, windowSeconds: 60, burst: 30 },
} as const satisfies Record<LimitClass, RateRule>;

/** Whom a call is counted under: the address, the key it was made with, or the account. */
export function limitKey(
  route: Omit<GatewayRoute, "service">,
  caller: Caller | null,
  address: string,
): string {
  if (route.limit === "sensitive") return `${addressKey(address)} ${route.method} ${route.path}`;
  if (route.limit === "webhook" || caller === null) return addressKey(address);
  // A program of an integrator's that runs wild does not shut out its owner, nor another of their programs.
  return caller.apiKey?.keyId ?? caller.userId;
}

/** `RateLimit-Policy` never changes, so its text is made once: a whole budget, and the time that refills it. */
const policies = new Map(
  Object.entries<RateRule>(rateRules).map(([name, rule]) => {
    const { limit, windowSeconds, burst = limit } = rule;
    return [name, `"${name}";q=${burst};w=${Math.ceil((burst * windowSeconds) / limit)}`];
  }),
);

/** The two headers, as name, value, name, value. */
export function rateHeaders(limit: LimitClass, decision: RateDecision): string[] {
  return [
    "ratelimit-policy",
    policies.get(limit) ?? "",
    "ratelimit",
    `"${limit}";r=${decision.remaining};t=${decision.resetSeconds}`,
  ];
}

/** The refusal of one call too many. */
export function refuseTooMany(decision: RateDecision): Problem {
  const seconds = Math.max(1, decision.retryAfterSeconds);
  return tooManyRequests(`Try again in ${seconds} s.`, { headers: { "retry-after": String(seconds) } });
}

/** Counts a call; null where limits are switched off. */
export async function countCall(
  limiter: RateLimiter<LimitClass> | null,
  route: Omit<GatewayRoute, "service">,
  caller: Caller | null,
  address: string,
): Promise<RateDecision | null> {
  return limiter === null ? null : limiter.consume(route.limit, limitKey(route, caller, address));
}
