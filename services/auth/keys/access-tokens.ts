/** Access tokens: short-lived JWTs after RFC 9068 that every service checks by itself. */
import type { Role, Scope } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";
import { type JWTPayload, SignJWT } from "jose";
import type { Keyring } from "./keyring.ts";

/** Also how long a token outlives the end of its session. */
export const accessTokenSeconds = 300;

export interface AccessTokenIssuer {
  /**
   * A signed token; the same claims make the same token.
   * @throws serviceUnavailable when it cannot be known which key signs
   */
  issue(claims: AccessTokenClaims): Promise<string>;
}

export interface AccessTokenClaims {
  readonly subject: Id<"usr"> | `svc:${string}`;
  readonly roles: readonly Role[];
  readonly sessionId?: Id<"ses">;
  /** When its owner last proved who they are (`auth_time`). */
  readonly authenticatedAt?: Temporal.Instant;
  /** The API key it is made from, and all it may do. */
  readonly apiKey?: { readonly keyId: Id<"key">; readonly scopes: readonly Scope[] };
  /** Repeated by what changes something, where the token is in a cookie. */
  readonly csrfToken?: string;
  readonly tokenId: string;
  /** Machine time from which it lives. */
  readonly issuedAt: Temporal.Instant;
}

export function createAccessTokenIssuer(options: {
  readonly keyring: Pick<Keyring, "current">;
  readonly issuer: string;
  readonly audience: string;
}): AccessTokenIssuer {
  return {
    issue: async ({ subject, tokenId, issuedAt, ...claims }) => {
      const issuedAtSeconds = secondsOf(issuedAt);
      const { kid, privateKey } = await options.keyring.current(issuedAt);
      return new SignJWT(privateClaims(claims))
        .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid })
        .setIssuer(options.issuer)
        .setAudience(options.audience)
        .setSubject(subject)
        .setJti(tokenId)
        .setIssuedAt(issuedAtSeconds)
        .setExpirationTime(issuedAtSeconds + accessTokenSeconds)
        .sign(privateKey);
    },
  };
}

type PrivateClaims = Omit<AccessTokenClaims, "subject" | "tokenId" | "issuedAt">;

function privateClaims({ roles, sessionId, authenticatedAt, apiKey, csrfToken }: PrivateClaims): JWTPayload {
  return {
    roles,
    ...(sessionId !== undefined && { sid: sessionId }),
    ...(authenticatedAt !== undefined && { auth_time: secondsOf(authenticatedAt) }),
    ...(apiKey !== undefined && { key_id: apiKey.keyId, scope: apiKey.scopes.join(" ") }),
    ...(csrfToken !== undefined && { csrf: csrfToken }),
  };
}

function secondsOf(instant: Temporal.Instant): number {
  return Math.floor(instant.epochMilliseconds / 1_000);
}
