import type { SessionView } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthDependencies } from "../dependencies.ts";
import { mostSessions } from "./end-surplus-sessions.ts";

/** Where the user is signed in, last used first. */
export async function livingSessions(
  { db, clock }: Pick<AuthDependencies, "db" | "clock">,
  userId: Id<"usr">,
  currentId?: string,
): Promise<SessionView[]> {
  const rows = await db
    .selectFrom("sessions")
    .selectAll()
    .where("user_id", "=", userId)
    .where("ended_at", "is", null)
    .where("idle_expires_at", ">", clock.machineNow().toString())
    .orderBy("last_used_at", "desc")
    .limit(mostSessions)
    .execute();
  return rows.map((row) => ({
    sessionId: row.id,
    isCurrent: row.id === currentId,
    method: row.method,
    device: row.device,
    network: row.network,
    country: row.country,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? row.created_at,
    expiresAt: row.idle_expires_at,
  }));
}
