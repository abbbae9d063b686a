/** What signing in and refreshing answer with. */
import { answer, type Answer } from "@holdfast/chassis/endpoint";
import type { TokensView } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import { accessTokenSeconds } from "../keys/access-tokens.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { userView, type ViewedUser } from "../users/user-view.ts";
import { grantOf, type Kept } from "./kept-grant.ts";
import type { Succession } from "./refresh-token.ts";

/** The same grant makes the same answer, byte for byte. */
export interface Grant extends Succession {
  readonly user: ViewedUser;
  readonly sessionId: Id<"ses">;
  /** The access token's date. */
  readonly issuedAt: Temporal.Instant;
  /** When its owner last proved who they are. */
  readonly authenticatedAt: Temporal.Instant;
  /** When the session ends if it is not refreshed. */
  readonly idleExpiresAt: Temporal.Instant;
  /** Null where the tokens do not go into cookies. */
  readonly csrfToken: string | null;
}

/** Answers with a token or a code in them are never stored on their way (RFC 6749, section 5.1). */
export const unstored = { headers: { "cache-control": "no-store" } } as const;

/** The answer to a sign-in; a repetition is marked as one. */
export async function tokensAnswer(
  deps: Pick<AuthDependencies, "accessTokens">,
  granted: Answer<Kept<Grant>>,
): Promise<Answer<TokensView>> {
  const headers = { ...unstored.headers, ...granted.headers };
  return answer(await tokensView(deps, grantOf(granted)), { headers });
}

export async function tokensView(
  deps: Pick<AuthDependencies, "accessTokens">,
  grant: Grant,
): Promise<TokensView> {
  return {
    accessToken: await accessTokenOf(deps, grant),
    tokenType: "Bearer",
    expiresInSeconds: accessTokenSeconds,
    refreshToken: grant.refreshToken,
    user: userView(grant.user),
  };
}

/** The access token of a grant. */
export async function accessTokenOf(
  { accessTokens }: Pick<AuthDependencies, "accessTokens">,
  { user, sessionId, issuedAt, authenticatedAt, csrfToken, accessTokenId }: Omit<Grant, "refreshToken">,
): Promise<string> {
  return accessTokens.issue({
    subject: user.id,
    roles: user.roles,
    sessionId,
    authenticatedAt,
    ...(csrfToken !== null && { csrfToken }),
    tokenId: accessTokenId,
    issuedAt,
  });
}
