/** Decides whether a call may go on: its token, its permission, and how much its caller has called. */
import { authenticate, permit } from "@holdfast/chassis/authorise";
import { Problem } from "@holdfast/chassis/problem";
import type { RateDecision, RateLimiter } from "@holdfast/chassis/rate-limit";
import type { Caller, TokenVerifier } from "@holdfast/chassis/tokens";
import type { GatewayRoute, LimitClass } from "../routes.ts";
import type { Exchange } from "../proxy/exchange.ts";
import type { ApiKeys } from "./api-keys.ts";
import {
  type Credentials,
  isFromHere,
  isSafe,
  passesCookies,
  provesOrigin,
  readCredentials,
  refuseForgery,
} from "./credentials.ts";
import { countCall, limitKey, rateHeaders, refuseTooMany } from "./rate-limits.ts";

export interface Admission {
  readonly tokens: TokenVerifier;
  readonly apiKeys: ApiKeys;
  /** Null where limits are switched off. */
  readonly limiter: RateLimiter<LimitClass> | null;
}

/** Who calls, and the Authorization header that goes on to the service. */
export interface Admitted {
  readonly caller: Caller | null;
  readonly authorization: string | undefined;
}

type AdmittedRoute = Omit<GatewayRoute, "service">;

const stranger: Admitted = { caller: null, authorization: undefined };

function applyDecision(exchange: Exchange, route: AdmittedRoute, decision: RateDecision | null): void {
  if (decision === null) return;
  exchange.add(rateHeaders(route.limit, decision));
  if (!decision.allowed) throw refuseTooMany(decision);
}

/**
 * The Authorization header that goes on: no service is sent an API key. Trying keys is bounded by the address before auth
 * is asked; at a public endpoint one that does not work is the same as none.
 * @throws tokenInvalid, tooManyRequests, serviceUnavailable
 */
async function exchanged(
  { authorization, inCookie }: Credentials,
  route: AdmittedRoute,
  address: string,
  { apiKeys, limiter }: Admission,
): Promise<string | undefined> {
  if (authorization === undefined || inCookie) return authorization;
  try {
    return await apiKeys.inPlaceOf(authorization, async () => {
      const decision = await limiter?.peek(route.limit, limitKey(route, null, address));
      if (decision?.allowed === false) throw refuseTooMany(decision);
    });
  } catch (error) {
    if (error instanceof Problem && route.access === "public") return undefined;
    throw error;
  }
}

/** @throws tokenMissing, tokenInvalid, forbidden, stepUpNeeded, csrfTokenWrong, malformedRequest, serviceUnavailable */
async function identify(
  exchange: Exchange,
  route: AdmittedRoute,
  address: string,
  admission: Admission,
): Promise<Admitted> {
  const { headers, method = "GET" } = exchange.incoming;
  const credentials = readCredentials(headers);
  const { inCookie } = credentials;
  const changes = !isSafe(method);
  if (changes && passesCookies(route) && !isFromHere(headers)) throw refuseForgery();
  const authorization = await exchanged(credentials, route, address, admission);
  const caller = await authenticate(admission.tokens, route, authorization);
  exchange.caller = caller;
  permit(route, caller);
  if (!inCookie || !changes || provesOrigin(headers, caller?.csrfToken)) return { caller, authorization };
  // Signing in where an old cookie is left is nobody's call but the page's own.
  if (route.access === "public") return stranger;
  throw refuseForgery();
}

/**
 * The caller, counted and allowed; the service checks the token again.
 * @throws what `identify` does, tooManyRequests
 */
export async function admit(
  exchange: Exchange,
  route: AdmittedRoute,
  address: string,
  admission: Admission,
): Promise<Admitted> {
  const { limiter } = admission;
  exchange.action = route.name;
  let admitted: Admitted;
  try {
    admitted = await identify(exchange, route, address, admission);
  } catch (error) {
    // Trying tokens is counted too, under the address: whoever they claim to speak for pays nothing.
    if (error instanceof Problem)
      applyDecision(exchange, route, await countCall(limiter, route, null, address));
    throw error;
  }
  applyDecision(exchange, route, await countCall(limiter, route, admitted.caller, address));
  return admitted;
}
