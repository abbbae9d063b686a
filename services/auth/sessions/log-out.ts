import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import { forbidden } from "@holdfast/chassis/problems";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accountFact } from "../second-factor/account-fact.ts";
import { endSessions } from "./end-sessions.ts";

/**
 * Ends the caller's session, with all its refresh tokens; ending it again changes nothing.
 * @throws forbidden when the token belongs to no session
 */
export async function logOut(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  call: Pick<Call, "caller" | "headers" | "requestId" | "traceparent"> & {
    readonly endpoint: { readonly name: string };
  },
): Promise<void> {
  const { userId, sessionId } = callerOf(call);
  if (sessionId === undefined) throw forbidden("This token belongs to no session.");
  const ended = await endSessions(unit, {
    userId: userId as Id<"usr">,
    sessionId: sessionId as Id<"ses">,
    reason: "logged-out",
    cause: "logged-out",
    endedAt: clock.machineNow(),
    now: clock.now(),
    traceparent: call.traceparent,
  });
  if (ended.length > 0) await writeAudit(unit.tx, accountFact(call));
}
