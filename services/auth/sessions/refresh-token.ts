/**
 * Refresh tokens: 256 random bits, known to the database only by their SHA-256.
 *
 * A token's successor is derived, not drawn: HMAC-SHA256 under the server's secret over a random salt and the token. So a
 * client whose answer was lost can be given the very same successor again without its being stored anywhere, not even
 * encrypted. Deriving it takes the secret, the salt from the database and the used token together; the salt is erased when
 * the grace has passed, and after that not even all of our secrets lead from an old token to a newer one.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";

const tokenBytes = 32;
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

/** The first token of a session. */
export function newRefreshToken(): string {
  return randomBytes(tokenBytes).toString("base64url");
}

export function newSuccessorSalt(): Buffer {
  return randomBytes(tokenBytes);
}

/** Could this be a token of ours? Anything else is not worth a look into the database. */
export function isRefreshToken(text: string): boolean {
  return tokenPattern.test(text);
}

/** What the database knows a token by. */
export function refreshTokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** What using a token yields: the next refresh token, and the id of the access token that goes with it. */
export interface Succession {
  readonly refreshToken: string;
  readonly accessTokenId: string;
}

/** The same token, salt and secret give the same succession. */
export function succession(secret: Buffer, token: string, salt: Buffer): Succession {
  const derive = (purpose: string) =>
    createHmac("sha256", secret).update(purpose).update("\0").update(salt).update(token).digest();
  return {
    refreshToken: derive("refresh-token").toString("base64url"),
    accessTokenId: derive("access-token-id").toString("base64url").slice(0, 22),
  };
}
