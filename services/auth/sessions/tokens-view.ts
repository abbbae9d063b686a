/** What signing in and refreshing answer with. */
import type { TokensView } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import { accessTokenSeconds } from "../keys/access-tokens.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { userView, type ViewedUser } from "../users/user-view.ts";
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
