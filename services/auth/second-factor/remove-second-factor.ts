import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { removeSecondFactor as endpoint } from "@holdfast/contracts/api/second-factor";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { requestMail } from "../mails/request-mail.ts";
import { secondFactorIsOff } from "../problems.ts";
import { accountFact } from "./account-fact.ts";

/**
 * Turns the second factor off, with its recovery codes and the sign-ins that wait for it. Its owner is told by mail.
 * @throws secondFactorIsOff
 */
export async function removeSecondFactor(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  call: Call<typeof endpoint>,
): Promise<void> {
  const userId = callerOf(call).userId as Id<"usr">;
  const { tx } = unit;
  // In the order in which a sign-in locks them.
  await tx.deleteFrom("sign_in_challenges").where("user_id", "=", userId).execute();
  const removed = await tx
    .deleteFrom("second_factors")
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null)
    .returning("user_id")
    .executeTakeFirst();
  if (removed === undefined) throw secondFactorIsOff();
  await tx.deleteFrom("recovery_codes").where("user_id", "=", userId).execute();
  await requestMail(unit, {
    mail: "second-factor-off",
    userId,
    now: clock.now(),
    traceparent: call.traceparent,
  });
  await writeAudit(tx, accountFact(call));
}
