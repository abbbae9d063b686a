/** Checks access tokens (RFC 9068 JWTs) against auth's published keys, also while auth is down. */
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { roles, type Role } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";
import { createBackoff } from "./backoff.ts";
import { refuseToken, unavailable } from "./problems.ts";

/** Who is calling, as the token says. */
export interface Caller {
  readonly userId: Id<"usr"> | `svc:${string}`;
  readonly roles: readonly Role[];
  readonly sessionId?: string;
  /** When the token was issued, in ms since 1970. */
  readonly issuedAtMs: number;
  /** When its owner last proved who they are (`auth_time`), in ms since 1970. */
  readonly authenticatedAtMs?: number;
  /** The API key the token was made from, and all it may do, whatever its owner may. */
  readonly apiKey?: { readonly keyId: string; readonly scopes: readonly string[] };
  /** What a call that changes something must repeat where the token came in a cookie. */
  readonly csrfToken?: string;
}

export interface TokenVerifier {
  /**
   * The caller a token speaks for.
   * @throws tokenInvalid, or serviceUnavailable when no key was ever fetched
   */
  verify(token: string): Promise<Caller>;
}

/** A verifier that asks auth for its keys. */
export interface RemoteTokenVerifier extends TokenVerifier {
  /**
   * Fetches the keys ahead of the first token, again and again until they are there or the signal aborts: a service that
   * nobody has called yet must know them when auth goes down. Never rejects.
   */
  fetchAhead(signal: AbortSignal): Promise<void>;
}

export interface TokenVerifierOptions {
  /** Where auth publishes its keys (a JWK set). */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Longer tokens are refused before anything looks at them. */
const longestToken = 8_192;

/** An unknown key id fetches the keys again at most this often, so made-up ids cost auth nothing. */
const fetchCooldownMs = 30_000;

/** How soon a failed fetch may be tried again while there is no key at all. */
const firstFetchCooldownMs = 1_000;

/** Keys older than this are fetched again beside the request, so that a withdrawn key stops working. */
const refreshAfterMs = 600_000;

/** Waits between the attempts to fetch ahead. */
const aheadPauses = { baseMs: 200, maxMs: 1_000 };

const fetchTimeoutMs = 2_000;
const largestKeySet = 65_536;

/** How far the machine's clock may differ from auth's. */
const clockToleranceSeconds = 5;

/** Characters of tokens remembered as verified. */
const cacheCharacters = 16_000_000;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(64) });

const claims = z.object({
  sub: z.string().regex(/^(usr_[0-7][0-9a-hjkmnp-tv-z]{25}|svc:[a-z][a-z0-9-]{0,62})$/),
  roles: z.array(z.string()).max(16).default([]),
  sid: z.string().max(64).optional(),
  iat: z.int(),
  auth_time: z.int().optional(),
  scope: z.string().max(1_000).optional(),
  key_id: z.string().max(64).optional(),
  csrf: z.string().max(64).optional(),
});

function isRole(name: string): name is Role {
  return (roles as readonly string[]).includes(name);
}

/** Roles this version does not know grant nothing; that a newer auth knows them is no reason to refuse. */
function toCaller(payload: JWTPayload): Caller {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw refuseToken("The token's claims are not those of an access token.");
  const { sub, roles: held, sid, iat, auth_time, scope, key_id, csrf } = parsed.data;
  // A scope alone, or a key alone, is no token of ours: neither may be taken for more than it is.
  if ((scope === undefined) !== (key_id === undefined)) throw refuseToken("The token's claims do not agree.");
  return {
    userId: sub as Caller["userId"],
    roles: held.filter(isRole),
    issuedAtMs: iat * 1_000,
    ...(sid !== undefined && { sessionId: sid }),
    ...(auth_time !== undefined && { authenticatedAtMs: auth_time * 1_000 }),
    ...(key_id !== undefined &&
      scope !== undefined && { apiKey: { keyId: key_id, scopes: scope.split(" ") } }),
    ...(csrf !== undefined && { csrfToken: csrf }),
  };
}

type KeyLookup = ReturnType<typeof createLocalJWKSet>;

async function fetchKeySet(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: "error" });
  if (!response.ok) throw new Error(`the key set answered ${response.status}`);
  const text = await response.text();
  if (text.length > largestKeySet) throw new Error(`the key set is larger than ${largestKeySet} characters`);
  return keySet.parse(JSON.parse(text)) as JSONWebKeySet;
}

/** The published keys, remembered; at most one fetch at a time. */
function rememberKeys(url: string) {
  let lookup: KeyLookup | undefined;
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let failure: unknown;
  let inFlight: Promise<void> | undefined;

  const refresh = async () => {
    try {
      lookup = createLocalJWKSet(await fetchKeySet(url));
      fetchedAt = performance.now();
      failure = undefined;
    } catch (error) {
      failure = error;
    } finally {
      inFlight = undefined;
    }
  };
  const mayFetch = (cooldownMs: number) => performance.now() - triedAt >= cooldownMs;
  const fetchOnce = () => {
    if (inFlight === undefined) triedAt = performance.now();
    return (inFlight ??= refresh());
  };

  return {
    /** Keys that may be used now. */
    current: async (): Promise<KeyLookup> => {
      if (lookup === undefined) {
        if (inFlight !== undefined || mayFetch(firstFetchCooldownMs)) await fetchOnce();
        if (lookup === undefined) throw unavailable("Access tokens cannot be checked right now.", failure);
      } else if (performance.now() - fetchedAt > refreshAfterMs && mayFetch(fetchCooldownMs)) {
        void fetchOnce();
      }
      return lookup;
    },
    fetchAhead: async (signal: AbortSignal): Promise<void> => {
      const backoff = createBackoff(aheadPauses);
      while (lookup === undefined && !signal.aborted) {
        // With pauses of its own: a request that comes after a failure need not wait for the cooldown.
        await (inFlight ??= refresh());
        if (lookup === undefined) await backoff.pause(signal);
      }
    },
    /** Looks for newer keys; false when it is too soon, or there were none to be had. */
    renewed: async (than: KeyLookup): Promise<boolean> => {
      if (lookup !== than) return true;
      if (inFlight === undefined && !mayFetch(fetchCooldownMs)) return false;
      await fetchOnce();
      return lookup !== than;
    },
  };
}

export function createTokenVerifier(options: TokenVerifierOptions): RemoteTokenVerifier {
  const keys = rememberKeys(options.jwksUrl);
  const verified = new LRUCache<string, { caller: Caller; expiresAtMs: number }>({
    maxSize: cacheCharacters,
    sizeCalculation: (_, token) => token.length,
  });
  const check = (token: string, lookup: KeyLookup) =>
    jwtVerify(token, lookup, {
      issuer: options.issuer,
      audience: options.audience,
      algorithms: ["EdDSA"],
      typ: "at+jwt",
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ["sub", "exp", "iat"],
    });

  const verifyWithKeys = async (token: string): Promise<JWTPayload> => {
    const lookup = await keys.current();
    try {
      return (await check(token, lookup)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await keys.renewed(lookup))) throw error;
      return (await check(token, await keys.current())).payload;
    }
  };

  const verify = async (token: string): Promise<Caller> => {
    if (token.length > longestToken) throw refuseToken("The token is too long.");
    const known = verified.get(token);
    if (known !== undefined) {
      if (Date.now() < known.expiresAtMs) return known.caller;
      verified.delete(token);
    }
    try {
      const payload = await verifyWithKeys(token);
      const caller = toCaller(payload);
      const expiresAtMs = ((payload.exp ?? 0) + clockToleranceSeconds) * 1_000;
      verified.set(token, { caller, expiresAtMs });
      return caller;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw refuseToken("The token has expired.", error);
      if (error instanceof errors.JOSEError) throw refuseToken("The token does not verify.", error);
      throw error;
    }
  };
  return { verify, fetchAhead: keys.fetchAhead };
}
