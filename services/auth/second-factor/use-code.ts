/** Takes a code of a second factor, at most once. */
import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import type { AuthTables } from "../database.ts";
import { unseal } from "@holdfast/chassis/sealing";
import { recoveryCodeHash, recoveryCodeOf } from "./recovery-codes.ts";
import type { SecondFactorKeys } from "./second-factor-keys.ts";
import { isTotpCode, stepOfCode } from "./totp.ts";

export interface GivenCode {
  readonly userId: Id<"usr">;
  /** As it was typed. */
  readonly code: string;
  /** Machine time. */
  readonly now: Temporal.Instant;
}

/**
 * Uses up a code of the app, or a recovery code: which of them it was, or undefined where it is wrong, used before, or
 * the account has no second factor. The factor's row is locked, so of two tries with one code one fails.
 */
export async function useCode(
  keys: SecondFactorKeys,
  tx: Transaction<AuthTables>,
  { userId, code, now }: GivenCode,
): Promise<"app" | "recovery" | undefined> {
  const factor = await tx
    .selectFrom("second_factors")
    .select(["secret_sealed", "last_step"])
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null)
    .forUpdate()
    .executeTakeFirst();
  if (factor === undefined) return undefined;
  const typed = code.replaceAll(/\s/g, "");
  if (!isTotpCode(typed))
    return (await useRecoveryCode(keys, tx, { userId, code, now })) ? "recovery" : undefined;
  const secret = unseal(keys.sealing, factor.secret_sealed, userId);
  const step = stepOfCode(secret, typed, {
    nowMs: now.epochMilliseconds,
    lastStep: Number(factor.last_step),
  });
  if (step === undefined) return undefined;
  await tx.updateTable("second_factors").set({ last_step: step }).where("user_id", "=", userId).execute();
  return "app";
}

async function useRecoveryCode(
  keys: SecondFactorKeys,
  tx: Transaction<AuthTables>,
  { userId, code, now }: GivenCode,
): Promise<boolean> {
  const typed = recoveryCodeOf(code);
  if (typed === undefined) return false;
  const used = await tx
    .updateTable("recovery_codes")
    .set({ used_at: now.toString() })
    .where("user_id", "=", userId)
    .where("hash", "=", recoveryCodeHash(keys.recoveryCodes, userId, typed))
    .where("used_at", "is", null)
    .returning("user_id")
    .executeTakeFirst();
  return used !== undefined;
}
