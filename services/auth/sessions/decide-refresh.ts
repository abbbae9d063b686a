/** What becomes of a refresh token that is presented. */
import { graceMs } from "./session-lifetimes.ts";

/** A session as it stands, under its lock. */
export interface SessionState {
  readonly endedAt: Temporal.Instant | null;
  readonly expiresAt: Temporal.Instant;
  readonly idleExpiresAt: Temporal.Instant;
}

export type RefreshDecision =
  /** The token is the tip of its family: it makes its successor. */
  | { readonly kind: "rotate" }
  /** It was used a moment ago: the answer of then is given again. */
  | { readonly kind: "replay"; readonly usedAt: Temporal.Instant }
  /** It was used long ago: somebody has a copy, so the family ends. */
  | { readonly kind: "reused" }
  /** The session is over. */
  | { readonly kind: "over" };

export function decideRefresh(
  session: SessionState,
  usedAt: Temporal.Instant | null,
  now: Temporal.Instant,
): RefreshDecision {
  const isOver =
    session.endedAt !== null ||
    Temporal.Instant.compare(now, session.expiresAt) >= 0 ||
    Temporal.Instant.compare(now, session.idleExpiresAt) >= 0;
  if (isOver) return { kind: "over" };
  if (usedAt === null) return { kind: "rotate" };
  if (now.epochMilliseconds - usedAt.epochMilliseconds <= graceMs) return { kind: "replay", usedAt };
  return { kind: "reused" };
}
