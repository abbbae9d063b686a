/** A refresh token with its session and its user, as they stand, under the locks that whoever changes them takes too. */
import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import type { AuthTables } from "../database.ts";
import { viewedUser, type ViewedUser } from "../users/user-view.ts";
import type { SessionState } from "./decide-refresh.ts";

export interface Family {
  readonly user: ViewedUser;
  readonly tokensFrom: string | null;
  readonly session: SessionState & {
    readonly id: Id<"ses">;
    readonly authenticatedAt: Temporal.Instant;
    readonly csrfToken: string | null;
    /** Where it was last used. */
    readonly device: string;
    readonly network: string;
    readonly country: string | null;
  };
  readonly token: { readonly usedAt: Temporal.Instant | null; readonly salt: Buffer | null };
}

/**
 * Three statements, in this order. The user's row first, as whoever changes roles or status takes it before the sessions:
 * the roles that are granted here are those that hold until the commit. Then the session's, at which refreshes and ends of
 * one session wait for each other. The token last: who waited for a lock saw it as it was before the wait.
 */
export async function lockFamily(tx: Transaction<AuthTables>, hash: Buffer): Promise<Family | undefined> {
  const locked = await lockUser(tx, hash);
  if (locked === undefined) return undefined;
  const { session_id, tokens_from, ...user } = locked;
  const session = await lockSession(tx, session_id);
  if (session === undefined) return undefined;
  const token = await tx
    .selectFrom("refresh_tokens")
    .select(["used_at", "successor_salt"])
    .where("hash", "=", hash)
    .executeTakeFirst();
  if (token === undefined) return undefined;
  const usedAt = token.used_at === null ? null : Temporal.Instant.from(token.used_at);
  return { user, tokensFrom: tokens_from, session, token: { usedAt, salt: token.successor_salt } };
}

async function lockUser(tx: Transaction<AuthTables>, hash: Buffer) {
  return tx
    .selectFrom("refresh_tokens")
    .innerJoin("sessions", "sessions.id", "refresh_tokens.session_id")
    .innerJoin("users", "users.id", "sessions.user_id")
    .select(["sessions.id as session_id", "tokens_from"])
    .select(viewedUser)
    .where("refresh_tokens.hash", "=", hash)
    .forShare("users")
    .executeTakeFirst();
}

async function lockSession(
  tx: Transaction<AuthTables>,
  id: Id<"ses">,
): Promise<Family["session"] | undefined> {
  const row = await tx.selectFrom("sessions").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    endedAt: row.ended_at === null ? null : Temporal.Instant.from(row.ended_at),
    expiresAt: Temporal.Instant.from(row.expires_at),
    idleExpiresAt: Temporal.Instant.from(row.idle_expires_at),
    authenticatedAt: Temporal.Instant.from(row.authenticated_at ?? row.created_at),
    csrfToken: row.csrf_token,
    device: row.device,
    network: row.network,
    country: row.country,
  };
}
