import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { renewRecoveryCodes as endpoint } from "@holdfast/contracts/api/second-factor";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { secondFactorIsOff } from "../problems.ts";
import { accountFact } from "./account-fact.ts";
import { writeRecoveryCodes } from "./write-recovery-codes.ts";

/**
 * New recovery codes in the place of the old ones, which work no longer.
 * @throws secondFactorIsOff
 */
export async function renewRecoveryCodes(
  { secondFactorKeys }: Pick<AuthDependencies, "secondFactorKeys">,
  { tx }: UnitOfWork<AuthTables>,
  call: Call<typeof endpoint>,
): Promise<{ recoveryCodes: string[] }> {
  const userId = callerOf(call).userId as Id<"usr">;
  const factor = await tx
    .selectFrom("second_factors")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null)
    .forUpdate()
    .executeTakeFirst();
  if (factor === undefined) throw secondFactorIsOff();
  const recoveryCodes = await writeRecoveryCodes(secondFactorKeys, tx, userId);
  await writeAudit(tx, accountFact(call));
  return { recoveryCodes };
}
