/** Decides from a request's token whether an endpoint may be called at all. */
import { stepUpSeconds } from "@holdfast/contracts/define-endpoint";
import type { ServedEndpoint } from "./endpoint.ts";
import { holds } from "./holds.ts";
import { Problem } from "./problem.ts";
import { forbidden, refuseToken, refuseWithoutStepUp, refuseWithoutToken } from "./problems.ts";
import type { Caller, TokenVerifier } from "./tokens.ts";

const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** The token of an Authorization header (RFC 6750); undefined when it is of another scheme or shape. */
function bearerToken(header: string): string | undefined {
  return bearer.exec(header)?.[1];
}

async function callerIfValid(tokens: TokenVerifier, token: string | undefined): Promise<Caller | null> {
  if (token === undefined) return null;
  try {
    return await tokens.verify(token);
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

function mayCall(caller: Caller, access: Exclude<ServedEndpoint["access"], "public">): boolean {
  if (access === "service") return caller.roles.includes("service");
  return holds(caller, access);
}

/** Has its owner proved who they are within the last minutes? No key has. */
function isFresh({ authenticatedAtMs }: Caller): boolean {
  return authenticatedAtMs !== undefined && Date.now() - authenticatedAtMs <= stepUpSeconds * 1_000;
}

type Guarded = Pick<ServedEndpoint, "access" | "stepUp">;

/**
 * Who is calling; null for a stranger at a public endpoint, where a token that does not verify is the same as none.
 * @throws tokenMissing, tokenInvalid, serviceUnavailable
 */
export async function authenticate(
  tokens: TokenVerifier,
  { access }: Guarded,
  header: string | undefined,
): Promise<Caller | null> {
  if (access === "public") {
    return header === undefined ? null : callerIfValid(tokens, bearerToken(header));
  }
  if (header === undefined) throw refuseWithoutToken();
  const token = bearerToken(header);
  if (token === undefined) throw refuseToken("The Authorization header is not a bearer token.");
  return tokens.verify(token);
}

/**
 * Lets a caller on who holds what the endpoint asks for.
 * @throws forbidden, stepUpNeeded
 */
export function permit({ access, stepUp }: Guarded, caller: Caller | null): void {
  if (access === "public" || caller === null) return;
  if (!mayCall(caller, access)) throw forbidden();
  if (stepUp === true && !isFresh(caller)) throw refuseWithoutStepUp();
}

/**
 * `authenticate` and `permit`.
 * @throws tokenMissing, tokenInvalid, forbidden, stepUpNeeded, serviceUnavailable
 */
export async function authorise(
  tokens: TokenVerifier,
  endpoint: Guarded,
  header: string | undefined,
): Promise<Caller | null> {
  const caller = await authenticate(tokens, endpoint, header);
  permit(endpoint, caller);
  return caller;
}
