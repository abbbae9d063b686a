/** Ends a session under its lock and says so. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { sessionEnded } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthTables } from "../database.ts";

/** A session's versions: 1 when it started, 2 when it ended. */
const endedVersion = 2;

export interface SessionEnd {
  readonly sessionId: Id<"ses">;
  readonly userId: Id<"usr">;
  readonly reason: "logged-out" | "token-reused";
  /** Machine time. */
  readonly endedAt: Temporal.Instant;
  /** Business time, for the event. */
  readonly now: Temporal.Instant;
  readonly traceparent: string;
}

/** Ends the user's session; one that has ended, or is somebody else's, is left as it is. The update takes the same row lock as a rotation. */
export async function endSession(unit: UnitOfWork<AuthTables>, end: SessionEnd): Promise<void> {
  const ended = await unit.tx
    .updateTable("sessions")
    .set({ ended_at: end.endedAt.toString() })
    .where("id", "=", end.sessionId)
    .where("user_id", "=", end.userId)
    .where("ended_at", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (ended === undefined) return;
  unit.announce(sessionEnded, {
    subject: end.sessionId,
    version: endedVersion,
    data: { sessionId: end.sessionId, userId: end.userId, reason: end.reason },
    traceparent: end.traceparent,
    time: end.now,
  });
}
