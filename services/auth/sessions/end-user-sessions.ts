import type { Call } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { endUserSessions as endpoint } from "@holdfast/contracts/api/users";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { userNotFound } from "../problems.ts";
import { endSessions } from "./end-sessions.ts";

/**
 * Signs an account out everywhere. The row is locked so that a sign-in in hand is ended too.
 * @throws userNotFound
 */
export async function endUserSessions(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { params: { userId }, traceparent }: Pick<Call<typeof endpoint>, "params" | "traceparent">,
): Promise<void> {
  const user = await unit.tx
    .selectFrom("users")
    .select("id")
    .where("id", "=", userId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (user === undefined) throw userNotFound();
  await endSessions(unit, {
    userId,
    reason: "logged-out",
    cause: "ended-by-support",
    endedAt: clock.machineNow(),
    now: clock.now(),
    traceparent,
  });
}
