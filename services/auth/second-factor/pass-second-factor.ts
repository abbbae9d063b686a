import type { Call } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { passSecondFactor as endpoint } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accountInactive, challengeInvalid, codeWrong } from "../problems.ts";
import { readClient } from "../sessions/client.ts";
import { startSession } from "../sessions/start-session.ts";
import type { Grant } from "../sessions/tokens-view.ts";
import { viewedUser } from "../users/user-view.ts";
import { challengeOf } from "./challenge-tokens.ts";
import { useCode } from "./use-code.ts";

type Dependencies = Pick<AuthDependencies, "db" | "transact" | "clock" | "attempts" | "secondFactorKeys">;

/** The endpoint for programs, or its twin for pages: they differ in how the tokens are answered alone. */
export type PassSecondFactorCall = Pick<
  Call<typeof endpoint>,
  "body" | "headers" | "requestId" | "traceparent"
>;

/** What came of a try; all but the last are refusals, whose traces must be committed. */
type Outcome =
  | { readonly kind: "invalid" | "inactive" | "wrong" }
  | { readonly kind: "passed"; readonly grant: Grant };

/**
 * Starts the session of a sign-in that waited for its second factor.
 * @throws challengeInvalid, codeWrong, accountInactive, tooManyAttempts
 */
export async function passSecondFactor(
  deps: Dependencies,
  call: PassSecondFactorCall,
  mode: "tokens" | "cookies",
): Promise<Grant> {
  const challenge = challengeOf(deps.secondFactorKeys.challenges, call.body.challenge);
  const userId = challenge && (await ownerOf(deps, challenge));
  if (challenge === undefined || userId === undefined) throw challengeInvalid();
  const { network } = readClient(call.headers);
  const checked = await deps.attempts.guard<Outcome>({ kind: "code", account: userId, network }, async () => {
    const value = await deps.transact((unit) => tryCode(deps, unit, call, { challenge, mode }));
    return value.kind === "wrong" ? { isRight: false } : { isRight: true, value };
  });
  if (!checked.isRight) throw codeWrong();
  const outcome = checked.value;
  if (outcome.kind === "inactive") throw accountInactive();
  if (outcome.kind !== "passed") throw challengeInvalid();
  return outcome.grant;
}

async function ownerOf(
  { db }: Pick<Dependencies, "db">,
  challenge: Id<"chl">,
): Promise<Id<"usr"> | undefined> {
  const row = await db
    .selectFrom("sign_in_challenges")
    .select("user_id")
    .where("id", "=", challenge)
    .executeTakeFirst();
  return row?.user_id;
}

async function tryCode(
  deps: Dependencies,
  unit: UnitOfWork<AuthTables>,
  call: PassSecondFactorCall,
  { challenge, mode }: { readonly challenge: Id<"chl">; readonly mode: "tokens" | "cookies" },
): Promise<Outcome> {
  const { tx } = unit;
  const now = deps.clock.machineNow();
  const waiting = await lockChallenge(tx, challenge);
  if (waiting === undefined || waiting.tries_left === 0) return { kind: "invalid" };
  if (Temporal.Instant.compare(Temporal.Instant.from(waiting.expires_at), now) <= 0)
    return { kind: "invalid" };
  const userId = waiting.user_id;
  const user = await tx
    .selectFrom("users")
    .select(viewedUser)
    .where("id", "=", userId)
    .executeTakeFirstOrThrow();
  const client = readClient(call.headers);
  const fact = {
    action: "passSecondFactor",
    targets: [userId],
    network: client.network || null,
    requestId: call.requestId,
  };
  if (user.status !== "active") {
    await tx.deleteFrom("sign_in_challenges").where("id", "=", challenge).execute();
    await writeAudit(tx, { ...fact, outcome: accountInactive.code });
    return { kind: "inactive" };
  }
  const used = await useCode(deps.secondFactorKeys, tx, { userId, code: call.body.code, now });
  if (used === undefined) {
    await tx
      .updateTable("sign_in_challenges")
      .set({ tries_left: waiting.tries_left - 1 })
      .where("id", "=", challenge)
      .execute();
    await writeAudit(tx, { ...fact, outcome: codeWrong.code });
    return { kind: "wrong" };
  }
  await tx.deleteFrom("sign_in_challenges").where("id", "=", challenge).execute();
  const grant = await startSession(deps, unit, {
    user,
    method: waiting.method,
    client,
    mode,
    now,
    traceparent: call.traceparent,
  });
  const action = used === "recovery" ? "useRecoveryCode" : fact.action;
  await writeAudit(tx, { ...fact, action, actor: userId, sessionId: grant.sessionId });
  return { kind: "passed", grant };
}

/** Tries for one challenge wait for each other here. */
async function lockChallenge(tx: Transaction<AuthTables>, challenge: Id<"chl">) {
  return tx
    .selectFrom("sign_in_challenges")
    .select(["user_id", "method", "tries_left", "expires_at"])
    .where("id", "=", challenge)
    .forUpdate()
    .executeTakeFirst();
}
