/** Sessions start here, however somebody signed in. */
import { randomBytes, randomUUID } from "node:crypto";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import type { AuthTables, SignInMethod } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { requestMail } from "../mails/request-mail.ts";
import { accountInactive } from "../problems.ts";
import { viewedUser } from "../users/user-view.ts";
import type { Client } from "./client.ts";
import { endSurplusSessions } from "./end-surplus-sessions.ts";
import { newRefreshToken, refreshTokenHash } from "./refresh-token.ts";
import { absoluteExpiry, idleExpiry } from "./session-lifetimes.ts";
import { tokenDate } from "./token-date.ts";
import type { Grant } from "./tokens-view.ts";

const csrfTokenBytes = 24;

export interface SessionStart {
  readonly user: { readonly id: Id<"usr"> };
  readonly method: SignInMethod;
  readonly client: Client;
  /** Where the tokens go: into the answer, or into cookies that no script reads. */
  readonly mode: "tokens" | "cookies";
  /** Machine time. */
  readonly now: Temporal.Instant;
  readonly traceparent: string;
}

/**
 * Starts a session of somebody who has just proved who they are. Its owner is told by mail where they have signed in
 * before, but not from such a device in such a network.
 * @throws accountInactive when the account is suspended or closed
 */
export async function startSession(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { user: { id: userId }, method, client, mode, now, traceparent }: SessionStart,
): Promise<Grant> {
  const { tx } = unit;
  const { tokens_from, has_signed_in, ...user } = await lockUser(tx, userId);
  if (user.status !== "active") throw accountInactive();
  const about = { userId, now: clock.now(), traceparent };
  if (!has_signed_in) {
    await tx.updateTable("users").set({ has_signed_in: true }).where("id", "=", userId).execute();
  } else if (!(await isKnownClient(tx, userId, client))) {
    const facts = { device: client.device, network: client.network, country: client.country ?? "" };
    await requestMail(unit, { ...about, mail: "new-device", facts });
  }
  await endSurplusSessions(unit, { ...about, at: now });

  const sessionId = newId("ses");
  const refreshToken = newRefreshToken();
  const csrfToken = mode === "cookies" ? randomBytes(csrfTokenBytes).toString("base64url") : null;
  const expiresAt = absoluteExpiry(now);
  const idleExpiresAt = idleExpiry(now, expiresAt);
  await tx
    .insertInto("sessions")
    .values({
      id: sessionId,
      user_id: userId,
      created_at: now.toString(),
      expires_at: expiresAt.toString(),
      idle_expires_at: idleExpiresAt.toString(),
      ended_at: null,
      method,
      ...client,
      last_used_at: now.toString(),
      authenticated_at: now.toString(),
      csrf_token: csrfToken,
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
  return {
    user,
    sessionId,
    issuedAt: tokenDate(now, tokens_from),
    authenticatedAt: now,
    idleExpiresAt,
    csrfToken,
    refreshToken,
    accessTokenId: randomUUID(),
  };
}

/**
 * The account as it is now, not as it was when the password was looked up; whoever changes its roles or status waits
 * until the session is there to be ended.
 */
async function lockUser(tx: Transaction<AuthTables>, userId: Id<"usr">) {
  return tx
    .selectFrom("users")
    .select([...viewedUser, "tokens_from", "has_signed_in"])
    .where("users.id", "=", userId)
    .forNoKeyUpdate("users")
    .executeTakeFirstOrThrow();
}

/** Sessions are kept for a while after they are over, for this as well. */
async function isKnownClient(
  tx: Transaction<AuthTables>,
  userId: Id<"usr">,
  { device, network }: Client,
): Promise<boolean> {
  const seen = await tx
    .selectFrom("sessions")
    .select("id")
    .where("user_id", "=", userId)
    .where("device", "=", device)
    .where("network", "=", network)
    .limit(1)
    .executeTakeFirst();
  return seen !== undefined;
}
