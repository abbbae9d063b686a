/** Decides whether a call may go on: its token, its permission, and how much its caller has called. */
import { authorise } from "@holdfast/chassis/authorise";
import { Problem } from "@holdfast/chassis/problem";
import type { RateDecision, RateLimiter } from "@holdfast/chassis/rate-limit";
import type { Caller, TokenVerifier } from "@holdfast/chassis/tokens";
import type { GatewayRoute, LimitClass } from "../routes.ts";
import type { Exchange } from "../proxy/exchange.ts";
import { countCall, rateHeaders, refuseTooMany } from "./rate-limits.ts";

export interface Admission {
  readonly tokens: TokenVerifier;
  /** Null where limits are switched off. */
  readonly limiter: RateLimiter<LimitClass> | null;
}

function applyDecision(
  exchange: Exchange,
  route: Omit<GatewayRoute, "service">,
  decision: RateDecision | null,
): void {
  if (decision === null) return;
  exchange.add(rateHeaders(route.limit, decision));
  if (!decision.allowed) throw refuseTooMany(decision);
}

/**
 * The caller, counted and allowed; the service checks the token again.
 * @throws tokenMissing, tokenInvalid, forbidden, tooManyRequests, serviceUnavailable
 */
export async function admit(
  exchange: Exchange,
  route: Omit<GatewayRoute, "service">,
  address: string,
  { tokens, limiter }: Admission,
): Promise<Caller | null> {
  let caller: Caller | null;
  try {
    caller = await authorise(tokens, route, exchange.incoming.headers.authorization);
  } catch (error) {
    // Trying tokens is counted too, under the address: whoever they claim to speak for pays nothing.
    if (error instanceof Problem)
      applyDecision(exchange, route, await countCall(limiter, route, null, address));
    throw error;
  }
  applyDecision(exchange, route, await countCall(limiter, route, caller, address));
  return caller;
}
