/** What logging in and refreshing answer with. */
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
  readonly issuedAt: Temporal.Instant;
}

export async function tokensView(
  { accessTokens }: Pick<AuthDependencies, "accessTokens">,
  { user, sessionId, issuedAt, refreshToken, accessTokenId }: Grant,
): Promise<TokensView> {
  const accessToken = await accessTokens.issue({
    subject: user.id,
    roles: user.roles,
    sessionId,
    tokenId: accessTokenId,
    issuedAt,
  });
  return {
    accessToken,
    tokenType: "Bearer",
    expiresInSeconds: accessTokenSeconds,
    refreshToken,
    user: userView(user),
  };
}
