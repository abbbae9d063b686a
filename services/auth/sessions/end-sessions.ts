/** Sessions end here, whatever ends them: no refresh token of theirs works after the commit, and no access token soon after. */
import { insertMany } from "@holdfast/chassis/batch-sql";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { sessionEnded } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthTables } from "../database.ts";

/** A session's versions: 1 when it started, 2 when it ended. */
const endedVersion = 2;

export interface SessionsEnd {
  readonly userId: Id<"usr">;
  /** This one alone. */
  readonly sessionId?: Id<"ses"> | undefined;
  /** All but this one. */
  readonly except?: Id<"ses"> | undefined;
  readonly reason: "logged-out" | "token-reused";
  /** What ended it, where the reason is `logged-out`: `logged-out`, `ended-elsewhere`, `password-changed`… */
  readonly cause?: string | undefined;
  /** Machine time. */
  readonly endedAt: Temporal.Instant;
  /** Business time, for the events. */
  readonly now: Temporal.Instant;
  readonly traceparent?: string | undefined;
}

/**
 * Ends the user's sessions, or one of them, and gives those that lived until now; one that has ended, or is somebody
 * else's, is left as it is. The update takes the same row locks as a rotation, in the same order as others that end many.
 */
export async function endSessions(unit: UnitOfWork<AuthTables>, end: SessionsEnd): Promise<Id<"ses">[]> {
  const { tx } = unit;
  const living = await tx
    .selectFrom("sessions")
    .select("id")
    .where("user_id", "=", end.userId)
    .where("ended_at", "is", null)
    .$if(end.sessionId !== undefined, (query) => query.where("id", "=", end.sessionId!))
    .$if(end.except !== undefined, (query) => query.where("id", "!=", end.except!))
    .orderBy("id")
    .forUpdate()
    .execute();
  const ids = living.map(({ id }) => id);
  if (ids.length === 0) return [];
  const endedAt = end.endedAt.toString();
  await tx.updateTable("sessions").set({ ended_at: endedAt }).where("id", "in", ids).execute();
  await insertMany(
    tx,
    "revocations",
    ids.map((id) => ({ id, kind: "session" as const, revoked_at: endedAt })),
    { skipConflicts: true },
  );
  for (const sessionId of ids) announceEnd(unit, sessionId, end);
  return ids;
}

function announceEnd(unit: UnitOfWork<AuthTables>, sessionId: Id<"ses">, end: SessionsEnd): void {
  unit.announce(sessionEnded, {
    subject: sessionId,
    version: endedVersion,
    data: {
      sessionId,
      userId: end.userId,
      reason: end.reason,
      ...(end.cause !== undefined && { cause: end.cause }),
    },
    traceparent: end.traceparent,
    time: end.now,
  });
}
