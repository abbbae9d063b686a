/** Checks access tokens (RFC 9068 JWTs) against auth's published keys, also while auth is down. */
import { errors, jwtVerify, type JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { roles, type Role } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";
import { KeySet, type KeySource, type PublishedKeys } from "./key-set.ts";
import { refuseToken } from "./problems.ts";
import type { Revocations } from "./revocations.ts";

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

export type TokenVerifierOptions = KeySource & {
  readonly issuer: string;
  readonly audience: string;
  /** What works no longer although it has not expired; where absent, tokens work until then. */
  readonly revocations?: Revocations | undefined;
  /** What tells the age of keys, in ms since 1970; the machine's clock where not said. */
  readonly nowMs?: () => number;
};

/** Longer tokens are refused before anything looks at them. */
const longestToken = 8_192;

/** How far the machine's clock may differ from auth's. */
const clockToleranceSeconds = 5;

/** Characters of tokens remembered as verified. */
const cacheCharacters = 16_000_000;

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

/** A token that was checked before. */
interface Verified {
  readonly caller: Caller;
  /** The key that signed it, which may be withdrawn. */
  readonly kid: string;
  readonly expiresAtMs: number;
}

export function createTokenVerifier(options: TokenVerifierOptions): RemoteTokenVerifier {
  const keys = new KeySet(options, options.nowMs);
  const verified = new LRUCache<string, Verified>({
    maxSize: cacheCharacters,
    sizeCalculation: (_, token) => token.length,
  });

  const check = async (token: string, { lookup }: PublishedKeys): Promise<Verified> => {
    const { payload, protectedHeader } = await jwtVerify(token, lookup, {
      issuer: options.issuer,
      audience: options.audience,
      algorithms: ["EdDSA"],
      typ: "at+jwt",
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ["sub", "exp", "iat"],
    });
    return {
      caller: toCaller(payload),
      kid: protectedHeader.kid ?? "",
      expiresAtMs: ((payload.exp ?? 0) + clockToleranceSeconds) * 1_000,
    };
  };

  const verifyWithKeys = async (token: string): Promise<Verified> => {
    const current = await keys.current();
    try {
      return await check(token, current);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await keys.renewed(current))) throw error;
      return check(token, await keys.current());
    }
  };

  const verifyAnew = async (token: string): Promise<Verified> => {
    if (token.length > longestToken) throw refuseToken("The token is too long.");
    try {
      const checked = await verifyWithKeys(token);
      verified.set(token, checked);
      return checked;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw refuseToken("The token has expired.", error);
      if (error instanceof errors.JOSEError) throw refuseToken("The token does not verify.", error);
      throw error;
    }
  };

  const remembered = (token: string): Verified | undefined => {
    const known = verified.get(token);
    if (known === undefined) return undefined;
    if (Date.now() < known.expiresAtMs && keys.peek()?.kids.has(known.kid) === true) return known;
    verified.delete(token);
    return undefined;
  };

  return {
    verify: async (token) => {
      const { caller } = remembered(token) ?? (await verifyAnew(token));
      if (options.revocations?.isRevoked(caller) === true) throw refuseToken("The token was revoked.");
      return caller;
    },
    fetchAhead: (signal) => keys.fetchAhead(signal),
  };
}
