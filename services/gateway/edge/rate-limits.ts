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
  ordinary: { limit: 1_200, windowSeconds: 60 },
  costly: { limit: 120, windowSeconds: 60 },
  sensitive: { limit: 30, windowSeconds: 60 },
  webhook: { limit: 12_000, windowSeconds: 60 },
  stream: { limit: 120, windowSeconds: 60 },
} as const satisfies Record<LimitClass, RateRule>;

/** Whom a call is counted under. */
export function limitKey(
  route: Omit<GatewayRoute, "service">,
  caller: Caller | null,
  address: string,
): string {
  if (route.limit === "sensitive") return `${addressKey(address)} ${route.method} ${route.path}`;
  return route.limit !== "webhook" && caller !== null ? caller.userId : addressKey(address);
}

/** `RateLimit-Policy` never changes, so its text is made once. */
const policies = new Map(
  Object.entries<RateRule>(rateRules).map(([name, rule]) => [
    name,
    `"${name}";q=${rule.limit};w=${rule.windowSeconds}`,
  ]),
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
  const seconds = Math.max(1, decision.resetSeconds);
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
