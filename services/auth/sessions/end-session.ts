import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { endSession as endpoint } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { sessionNotFound } from "../problems.ts";
import { accountFact } from "../second-factor/account-fact.ts";
import { endSessions } from "./end-sessions.ts";

/**
 * Signs the caller out there. Ending what has ended changes nothing.
 * @throws sessionNotFound, of a stranger's too
 */
export async function endSession(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  call: Call<typeof endpoint>,
): Promise<void> {
  const userId = callerOf(call).userId as Id<"usr">;
  const { sessionId } = call.params;
  const session = await unit.tx
    .selectFrom("sessions")
    .select("id")
    .where("id", "=", sessionId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  if (session === undefined) throw sessionNotFound();
  const ended = await endSessions(unit, {
    userId,
    sessionId,
    reason: "logged-out",
    cause: "ended-elsewhere",
    endedAt: clock.machineNow(),
    now: clock.now(),
    traceparent: call.traceparent,
  });
  if (ended.length > 0) await writeAudit(unit.tx, { ...accountFact(call), targets: [userId, sessionId] });
}
