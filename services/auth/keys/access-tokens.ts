/** Access tokens: short-lived JWTs after RFC 9068 that every service checks by itself. */
import type { Role } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";
import { SignJWT } from "jose";
import type { SigningKeys } from "./signing-keys.ts";

/** Also how long a token outlives the end of its session. */
export const accessTokenSeconds = 300;

export interface AccessTokenIssuer {
  /** A signed token; the same claims make the same token. */
  issue(claims: AccessTokenClaims): Promise<string>;
}

export interface AccessTokenClaims {
  readonly subject: Id<"usr"> | `svc:${string}`;
  readonly roles: readonly Role[];
  readonly sessionId?: Id<"ses">;
  readonly tokenId: string;
  /** Machine time from which it lives. */
  readonly issuedAt: Temporal.Instant;
}

export function createAccessTokenIssuer(options: {
  readonly keys: SigningKeys;
  readonly issuer: string;
  readonly audience: string;
}): AccessTokenIssuer {
  const { kid, privateKey } = options.keys.current;
  return {
    issue: async ({ subject, roles, sessionId, tokenId, issuedAt }) => {
      const issuedAtSeconds = Math.floor(issuedAt.epochMilliseconds / 1_000);
      return new SignJWT({ roles, ...(sessionId === undefined ? {} : { sid: sessionId }) })
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
