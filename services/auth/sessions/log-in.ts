import { randomUUID } from "node:crypto";
import type { logIn as endpoint, TokensView } from "@holdfast/contracts/api/sessions";
import { newId } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { AuthDependencies } from "../dependencies.ts";
import { credentialsWrong } from "../problems.ts";
import { viewedUser } from "../users/user-view.ts";
import { newRefreshToken, refreshTokenHash } from "./refresh-token.ts";
import { absoluteExpiry, idleExpiry } from "./session-lifetimes.ts";
import { tokensView } from "./tokens-view.ts";

/**
 * Starts a session.
 * @throws credentialsWrong, the same and about as fast whether the account exists or not
 */
export async function logIn(
  deps: Pick<AuthDependencies, "db" | "transact" | "passwords" | "clock" | "accessTokens">,
  { email, password }: z.output<NonNullable<typeof endpoint.body>>,
): Promise<TokensView> {
  const user = await deps.db
    .selectFrom("users")
    .select([...viewedUser, "password_hash"])
    .where("email", "=", email)
    .executeTakeFirst();
  const matches = await deps.passwords.verify(user?.password_hash ?? undefined, password);
  if (user === undefined || !matches) throw credentialsWrong();

  const sessionId = newId("ses");
  const refreshToken = newRefreshToken();
  const now = deps.clock.machineNow();
  const expiresAt = absoluteExpiry(now);
  await deps.transact(async ({ tx }) => {
    await tx
      .insertInto("sessions")
      .values({
        id: sessionId,
        user_id: user.id,
        created_at: now.toString(),
        expires_at: expiresAt.toString(),
        idle_expires_at: idleExpiry(now, expiresAt).toString(),
        ended_at: null,
      })
      .execute();
    await tx
      .insertInto("refresh_tokens")
      .values({
        hash: refreshTokenHash(refreshToken),
        session_id: sessionId,
        used_at: null,
        successor_salt: null,
      })
      .execute();
  });
  return tokensView(deps, { user, sessionId, issuedAt: now, refreshToken, accessTokenId: randomUUID() });
}
