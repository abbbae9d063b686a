import assert from "node:assert";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { requestMail } from "../mails/request-mail.ts";
import { csrfTokenWrong } from "@holdfast/chassis/problems";
import { refreshTokenInvalid } from "../problems.ts";
import type { Client } from "./client.ts";
import { isSameToken } from "./csrf-token.ts";
import { decideRefresh } from "./decide-refresh.ts";
import { endSessions } from "./end-sessions.ts";
import { type Family, lockFamily } from "./lock-family.ts";
import { isRefreshToken, newSuccessorSalt, refreshTokenHash, succession } from "./refresh-token.ts";
import { rotate } from "./rotate.ts";
import { idleExpiry } from "./session-lifetimes.ts";
import { tokenDate } from "./token-date.ts";
import type { Grant } from "./tokens-view.ts";

type RefreshDependencies = Pick<AuthDependencies, "transact" | "clock" | "successorSecret">;

export interface Refresh {
  readonly refreshToken: string;
  /** Where the token came in a cookie: who made the browser send it. A token works only where it was given. */
  readonly origin?: RequestOrigin;
  readonly client: Client;
  readonly requestId: string;
  readonly traceparent: string;
}

/** A page that knows the session's token against forgery, or one that the browser says is of our own origin. */
export type RequestOrigin = { readonly csrfToken: string } | "same-origin";

/** What came of it; the refusals' traces must be committed. */
type Outcome =
  | { readonly kind: "refused" }
  | { readonly kind: "forged" }
  | { readonly kind: "granted"; readonly grant: Grant };

/**
 * Exchanges a refresh token for the next one. One used within the last seconds gets the same answer again; one used
 * earlier ends its session, which its owner is told by mail.
 * @throws refreshTokenInvalid, csrfTokenWrong
 */
export async function refreshSession(deps: RefreshDependencies, refresh: Refresh): Promise<Grant> {
  if (!isRefreshToken(refresh.refreshToken)) throw refreshTokenInvalid();
  const outcome = await deps.transact((unit) => use(deps, unit, refresh));
  if (outcome.kind === "forged") throw csrfTokenWrong();
  if (outcome.kind === "refused") throw refreshTokenInvalid();
  return outcome.grant;
}

async function use(
  deps: RefreshDependencies,
  unit: UnitOfWork<AuthTables>,
  refresh: Refresh,
): Promise<Outcome> {
  const { refreshToken, origin, client } = refresh;
  const hash = refreshTokenHash(refreshToken);
  const family = await lockFamily(unit.tx, hash);
  if (family === undefined || family.user.status !== "active") return { kind: "refused" };
  const { session, token } = family;
  if ((session.csrfToken === null) !== (origin === undefined)) return { kind: "refused" };
  // Nothing is changed by a page that only made a browser send the cookie.
  if (typeof origin === "object" && !isSameToken(origin.csrfToken, session.csrfToken))
    return { kind: "forged" };

  const now = deps.clock.machineNow().round({ smallestUnit: "millisecond", roundingMode: "floor" });
  const decision = decideRefresh(session, token.usedAt, now);
  switch (decision.kind) {
    case "over":
      return { kind: "refused" };
    case "reused":
      await endStolen(deps, unit, family, { ...refresh, now });
      return { kind: "refused" };
    case "replay": {
      assert(token.salt !== null, "the salt is kept for as long as the answer may be asked for again");
      const next = succession(deps.successorSecret, refreshToken, token.salt);
      return granted(family, { ...next, at: decision.usedAt, idleExpiresAt: session.idleExpiresAt });
    }
    case "rotate": {
      const salt = newSuccessorSalt();
      const next = succession(deps.successorSecret, refreshToken, salt);
      const idleExpiresAt = idleExpiry(now, session.expiresAt);
      const nextHash = refreshTokenHash(next.refreshToken);
      await rotate(unit.tx, { sessionId: session.id, hash, salt, now, nextHash, idleExpiresAt, client });
      return granted(family, { ...next, at: now, idleExpiresAt });
    }
  }
}

function granted(
  { user, tokensFrom, session }: Family,
  next: Pick<Grant, "refreshToken" | "accessTokenId" | "idleExpiresAt"> & { readonly at: Temporal.Instant },
): Outcome {
  const { at, ...rest } = next;
  return {
    kind: "granted",
    grant: {
      ...rest,
      user,
      sessionId: session.id,
      issuedAt: tokenDate(at, tokensFrom),
      authenticatedAt: session.authenticatedAt,
      csrfToken: session.csrfToken,
    },
  };
}

/** Of two who hold one token, one is not its owner, and nobody can tell which: neither keeps the session. */
async function endStolen(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { user: { id: userId }, session }: Family,
  { client, now, requestId, traceparent }: Refresh & { readonly now: Temporal.Instant },
): Promise<void> {
  const about = { userId, now: clock.now(), traceparent };
  await endSessions(unit, { ...about, sessionId: session.id, reason: "token-reused", endedAt: now });
  // The device is the one that the session was last used with, not that of whoever came now with the old token.
  await requestMail(unit, {
    ...about,
    mail: "session-stolen",
    facts: { device: session.device, network: session.network, country: session.country ?? "" },
  });
  await writeAudit(unit.tx, {
    action: "reuseRefreshToken",
    outcome: refreshTokenInvalid.code,
    sessionId: session.id,
    targets: [userId],
    network: client.network || null,
    requestId,
  });
}
