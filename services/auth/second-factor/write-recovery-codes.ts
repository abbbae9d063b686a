import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import type { AuthTables } from "../database.ts";
import { newRecoveryCodes, recoveryCodeHash, recoveryCodeOf } from "./recovery-codes.ts";
import type { SecondFactorKeys } from "./second-factor-keys.ts";

/** Puts new codes in the place of the account's old ones, used or not, and gives them as they are shown once. */
export async function writeRecoveryCodes(
  keys: SecondFactorKeys,
  tx: Transaction<AuthTables>,
  userId: Id<"usr">,
): Promise<string[]> {
  const codes = newRecoveryCodes();
  await tx.deleteFrom("recovery_codes").where("user_id", "=", userId).execute();
  await tx
    .insertInto("recovery_codes")
    .values(
      codes.map((code) => ({
        user_id: userId,
        hash: recoveryCodeHash(keys.recoveryCodes, userId, recoveryCodeOf(code) ?? code),
        used_at: null,
      })),
    )
    .execute();
  return codes;
}
