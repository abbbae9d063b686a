import assert from "node:assert";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { TokensView } from "@holdfast/contracts/api/sessions";
import type { Transaction } from "kysely";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { viewedUser } from "../users/user-view.ts";
import { refreshTokenInvalid } from "../problems.ts";
import { decideRefresh } from "./decide-refresh.ts";
import { endSession } from "./end-session.ts";
import { isRefreshToken, newSuccessorSalt, refreshTokenHash, succession } from "./refresh-token.ts";
import { idleExpiry } from "./session-lifetimes.ts";
import { type Grant, tokensView } from "./tokens-view.ts";

type RefreshDependencies = Pick<AuthDependencies, "transact" | "clock" | "accessTokens" | "successorSecret">;

export interface RefreshSessionCall {
  readonly refreshToken: string;
  readonly traceparent: string;
}

/**
 * Exchanges a refresh token for the next one. One used within the last seconds gets the same answer again; one used
 * earlier ends its session.
 * @throws refreshTokenInvalid
 */
export async function refreshSession(
  deps: RefreshDependencies,
  call: RefreshSessionCall,
): Promise<TokensView> {
  if (!isRefreshToken(call.refreshToken)) throw refreshTokenInvalid();
  // The refusal is thrown after the commit: ending the session must not be rolled back with it.
  const grant = await deps.transact((unit) => use(deps, unit, call));
  if (grant === undefined) throw refreshTokenInvalid();
  return tokensView(deps, grant);
}

async function use(
  deps: RefreshDependencies,
  unit: UnitOfWork<AuthTables>,
  { refreshToken, traceparent }: RefreshSessionCall,
): Promise<Grant | undefined> {
  const hash = refreshTokenHash(refreshToken);
  const locked = await lockSessionOf(unit.tx, hash);
  if (locked === undefined) return undefined;
  const { sessionId, user, session } = locked;
  const token = await loadToken(unit.tx, hash);

  const now = deps.clock.machineNow().round({ smallestUnit: "millisecond", roundingMode: "floor" });
  const decision = decideRefresh(session, token.usedAt, now);
  switch (decision.kind) {
    case "over":
      return undefined;
    case "reused":
      await endSession(unit, {
        sessionId,
        userId: user.id,
        reason: "token-reused",
        endedAt: now,
        now: deps.clock.now(),
        traceparent,
      });
      return undefined;
    case "replay":
      assert(token.salt !== null, "the salt is kept for as long as the answer may be asked for again");
      return {
        user,
        sessionId,
        issuedAt: decision.usedAt,
        ...succession(deps.successorSecret, refreshToken, token.salt),
      };
    case "rotate": {
      const salt = newSuccessorSalt();
      const next = succession(deps.successorSecret, refreshToken, salt);
      const idleExpiresAt = idleExpiry(now, session.expiresAt);
      await rotate(unit.tx, {
        sessionId,
        hash,
        salt,
        now,
        nextHash: refreshTokenHash(next.refreshToken),
        idleExpiresAt,
      });
      return { user, sessionId, issuedAt: now, ...next };
    }
  }
}

/** Refreshes and log-outs of one session wait for each other here. */
async function lockSessionOf(tx: Transaction<AuthTables>, hash: Buffer) {
  const row = await tx
    .selectFrom("refresh_tokens")
    .innerJoin("sessions", "sessions.id", "refresh_tokens.session_id")
    .innerJoin("users", "users.id", "sessions.user_id")
    .select([
      "sessions.id as session_id",
      "sessions.ended_at",
      "sessions.expires_at",
      "sessions.idle_expires_at",
    ])
    .select(viewedUser)
    .where("refresh_tokens.hash", "=", hash)
    .forUpdate("sessions")
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { session_id, ended_at, expires_at, idle_expires_at, ...user } = row;
  return {
    sessionId: session_id,
    user,
    session: {
      endedAt: ended_at === null ? null : Temporal.Instant.from(ended_at),
      expiresAt: Temporal.Instant.from(expires_at),
      idleExpiresAt: Temporal.Instant.from(idle_expires_at),
    },
  };
}

/** A statement of its own after the lock: the one that waited for the lock saw the token as it was before the wait. */
async function loadToken(tx: Transaction<AuthTables>, hash: Buffer) {
  const row = await tx
    .selectFrom("refresh_tokens")
    .select(["used_at", "successor_salt"])
    .where("hash", "=", hash)
    .executeTakeFirstOrThrow();
  return {
    usedAt: row.used_at === null ? null : Temporal.Instant.from(row.used_at),
    salt: row.successor_salt,
  };
}

interface Rotation {
  readonly sessionId: `ses_${string}`;
  readonly hash: Buffer;
  readonly salt: Buffer;
  readonly nextHash: Buffer;
  readonly now: Temporal.Instant;
  readonly idleExpiresAt: Temporal.Instant;
}

async function rotate(
  tx: Transaction<AuthTables>,
  { sessionId, hash, salt, nextHash, now, idleExpiresAt }: Rotation,
) {
  await tx
    .updateTable("refresh_tokens")
    .set({ used_at: now.toString(), successor_salt: salt })
    .where("hash", "=", hash)
    .execute();
  await tx
    .insertInto("refresh_tokens")
    .values({ hash: nextHash, session_id: sessionId, used_at: null, successor_salt: null })
    .execute();
  await tx
    .updateTable("sessions")
    .set({ idle_expires_at: idleExpiresAt.toString() })
    .where("id", "=", sessionId)
    .execute();
}
