import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { endAllSessions as endpoint } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accountFact } from "../second-factor/account-fact.ts";
import { endSessions } from "./end-sessions.ts";

/** Signs the caller out everywhere, or everywhere else. A sign-in in hand is ended too. */
export async function endAllSessions(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  call: Call<typeof endpoint>,
): Promise<void> {
  const caller = callerOf(call);
  const userId = caller.userId as Id<"usr">;
  await unit.tx.selectFrom("users").select("id").where("id", "=", userId).forNoKeyUpdate().execute();
  await endSessions(unit, {
    userId,
    except: call.query.except === "current" ? (caller.sessionId as Id<"ses"> | undefined) : undefined,
    reason: "logged-out",
    cause: "ended-elsewhere",
    endedAt: clock.machineNow(),
    now: clock.now(),
    traceparent: call.traceparent,
  });
  await writeAudit(unit.tx, accountFact(call));
}
