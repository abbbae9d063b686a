import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthTables } from "../database.ts";
import { endSessions } from "./end-sessions.ts";

/** Sessions of one account that live at the same time; all of them are listed to their owner. */
export const mostSessions = 100;

/** Ends at one sign-in at most: there is one too many each time. */
const mostEnded = 10;

/** Makes room for one more session: those used longest ago end. Under the lock of the user's row. */
export async function endSurplusSessions(
  unit: UnitOfWork<AuthTables>,
  about: {
    readonly userId: Id<"usr">;
    /** Machine time. */
    readonly at: Temporal.Instant;
    /** Business time, for the events. */
    readonly now: Temporal.Instant;
    readonly traceparent: string;
  },
): Promise<void> {
  const { userId, at, now, traceparent } = about;
  const surplus = await unit.tx
    .selectFrom("sessions")
    .select("id")
    .where("user_id", "=", userId)
    .where("ended_at", "is", null)
    .where("idle_expires_at", ">", at.toString())
    .orderBy("last_used_at", "desc")
    .offset(mostSessions - 1)
    .limit(mostEnded)
    .execute();
  for (const { id: sessionId } of surplus) {
    await endSessions(unit, {
      userId,
      sessionId,
      reason: "logged-out",
      cause: "too-many-sessions",
      endedAt: at,
      now,
      traceparent,
    });
  }
}
