import { answer, type Answer, type Call, callerOf } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { confirmSecondFactor as endpoint } from "@holdfast/contracts/api/second-factor";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { unseal } from "@holdfast/chassis/sealing";
import { requestMail } from "../mails/request-mail.ts";
import { codeWrong, secondFactorIsOn, secondFactorNotBegun } from "../problems.ts";
import { readClient } from "../sessions/client.ts";
import { unstored } from "../sessions/tokens-view.ts";
import { accountFact } from "./account-fact.ts";
import { stepOfCode } from "./totp.ts";
import { writeRecoveryCodes } from "./write-recovery-codes.ts";

type Dependencies = Pick<
  AuthDependencies,
  "transact" | "repetitionSecret" | "clock" | "attempts" | "secondFactorKeys"
>;
type ConfirmCall = Call<typeof endpoint>;

/**
 * Turns the second factor on: a code shows that the app has the secret. Its owner is told by mail.
 * @throws secondFactorNotBegun, secondFactorIsOn, codeWrong, tooManyAttempts
 */
export async function confirmSecondFactor(
  deps: Dependencies,
  call: ConfirmCall,
): Promise<Answer<{ recoveryCodes: string[] }>> {
  const userId = callerOf(call).userId as Id<"usr">;
  const { network } = readClient(call.headers);
  return deps.attempts.guard({ kind: "code", account: userId, network }, () =>
    idempotent(deps, call, async (unit) => {
      const recoveryCodes = await confirm(deps, unit, call, userId);
      return recoveryCodes === undefined ? codeWrong() : answer({ recoveryCodes }, unstored);
    }),
  );
}

async function confirm(
  { clock, secondFactorKeys }: Dependencies,
  unit: UnitOfWork<AuthTables>,
  call: ConfirmCall,
  userId: Id<"usr">,
): Promise<string[] | undefined> {
  const { tx } = unit;
  const factor = await tx
    .selectFrom("second_factors")
    .select(["secret_sealed", "confirmed_at", "last_step"])
    .where("user_id", "=", userId)
    .forUpdate()
    .executeTakeFirst();
  if (factor === undefined) throw secondFactorNotBegun();
  if (factor.confirmed_at !== null) throw secondFactorIsOn();
  const now = clock.machineNow();
  const step = stepOfCode(
    unseal(secondFactorKeys.sealing, factor.secret_sealed, userId),
    call.body.code.replaceAll(/\s/g, ""),
    { nowMs: now.epochMilliseconds, lastStep: Number(factor.last_step) },
  );
  if (step === undefined) {
    await writeAudit(tx, { ...accountFact(call), outcome: codeWrong.code });
    return undefined;
  }
  await tx
    .updateTable("second_factors")
    .set({ confirmed_at: now.toString(), last_step: step })
    .where("user_id", "=", userId)
    .execute();
  const codes = await writeRecoveryCodes(secondFactorKeys, tx, userId);
  await requestMail(unit, {
    mail: "second-factor-on",
    userId,
    now: clock.now(),
    traceparent: call.traceparent,
  });
  await writeAudit(tx, accountFact(call));
  return codes;
}
