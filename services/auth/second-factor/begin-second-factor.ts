import type { Call } from "@holdfast/chassis/endpoint";
import { callerOf } from "@holdfast/chassis/endpoint";
import { refuseToken } from "@holdfast/chassis/problems";
import type { beginSecondFactor as endpoint } from "@holdfast/contracts/api/second-factor";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { seal } from "@holdfast/chassis/sealing";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { secondFactorIsOn } from "../problems.ts";
import { accountFact } from "./account-fact.ts";
import { newTotp } from "./totp.ts";

/**
 * Gives the account a secret for an authenticator app, in place of one that was begun before. It asks for nothing until a
 * code of it is confirmed.
 * @throws secondFactorIsOn
 */
export async function beginSecondFactor(
  { secondFactorKeys }: Pick<AuthDependencies, "secondFactorKeys">,
  { tx }: UnitOfWork<AuthTables>,
  call: Call<typeof endpoint>,
): Promise<{ secret: string; uri: string }> {
  const userId = callerOf(call).userId as Id<"usr">;
  const user = await tx.selectFrom("users").select("email").where("id", "=", userId).executeTakeFirst();
  if (user === undefined || user.email === null) throw refuseToken("The account does not exist.");
  const { secret, base32, uri } = newTotp(user.email);
  const sealed = seal(secondFactorKeys.sealing, secret, userId);
  const begun = await tx
    .insertInto("second_factors")
    .values({ user_id: userId, secret_sealed: sealed, confirmed_at: null })
    .onConflict((conflict) =>
      conflict
        .column("user_id")
        .doUpdateSet({ secret_sealed: sealed, last_step: sql`0` })
        .where("second_factors.confirmed_at", "is", null),
    )
    .returning("user_id")
    .executeTakeFirst();
  if (begun === undefined) throw secondFactorIsOn();
  await writeAudit(tx, accountFact(call));
  return { secret: base32, uri };
}
