import { answer, type Answer, type Call } from "@holdfast/chassis/endpoint";
import { idempotent, isReplayed, unlessAnswered } from "@holdfast/chassis/idempotency";
import type { KeyedCall } from "@holdfast/chassis/key-use";
import type { Problem } from "@holdfast/chassis/problem";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { passSecondFactor as endpoint } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accountInactive, challengeInvalid, codeWrong } from "../problems.ts";
import { readClient } from "../sessions/client.ts";
import { grantOf, keepGrant, type Kept, requireUnspent } from "../sessions/kept-grant.ts";
import { startSession } from "../sessions/start-session.ts";
import type { Grant } from "../sessions/tokens-view.ts";
import { viewedUser } from "../users/user-view.ts";
import { challengeOf } from "./challenge-tokens.ts";
import { useCode } from "./use-code.ts";

type Dependencies = Pick<
  AuthDependencies,
  "db" | "transact" | "repetitionSecret" | "clock" | "attempts" | "secondFactorKeys"
>;

/** The endpoint for programs, or its twin for pages: they differ in how the tokens are answered alone. */
export type PassSecondFactorCall = KeyedCall &
  Pick<Call<typeof endpoint>, "body" | "headers" | "requestId" | "traceparent">;

/**
 * Starts the session of a sign-in that waited for its second factor. What a repetition would prove is used up by then;
 * what its answer is found by is the challenge, which nobody guesses, with the code and the key.
 * @throws challengeInvalid, codeWrong, accountInactive, tooManyAttempts, signInSpent
 */
export async function passSecondFactor(
  deps: Dependencies,
  call: PassSecondFactorCall,
  mode: "tokens" | "cookies",
): Promise<Answer<Kept<Grant>>> {
  const challenge = challengeOf(deps.secondFactorKeys.challenges, call.body.challenge);
  if (challenge === undefined) throw challengeInvalid();
  const passed = await unlessAnswered(deps, call, async () => {
    const account = await ownerOf(deps, challenge);
    if (account === undefined) throw challengeInvalid();
    const { network } = readClient(call.headers);
    return deps.attempts.guard({ kind: "code", account, network }, () =>
      idempotent(deps, call, (unit) => tryCode(deps, unit, call, { challenge, mode })),
    );
  });
  if (isReplayed(passed)) await requireUnspent(deps, grantOf(passed));
  return passed;
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

/** Refusals are returned: what they leave behind must be committed. */
async function tryCode(
  deps: Dependencies,
  unit: UnitOfWork<AuthTables>,
  call: PassSecondFactorCall,
  { challenge, mode }: { readonly challenge: Id<"chl">; readonly mode: "tokens" | "cookies" },
): Promise<Answer<Kept<Grant>> | Problem> {
  const { tx } = unit;
  const now = deps.clock.machineNow();
  const waiting = await lockChallenge(tx, challenge);
  if (waiting === undefined || waiting.tries_left === 0) return challengeInvalid();
  if (Temporal.Instant.compare(Temporal.Instant.from(waiting.expires_at), now) <= 0)
    return challengeInvalid();
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
    return accountInactive();
  }
  const used = await useCode(deps.secondFactorKeys, tx, { userId, code: call.body.code, now });
  if (used === undefined) {
    await tx
      .updateTable("sign_in_challenges")
      .set({ tries_left: waiting.tries_left - 1 })
      .where("id", "=", challenge)
      .execute();
    await writeAudit(tx, { ...fact, outcome: codeWrong.code });
    return codeWrong();
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
  return answer(keepGrant(grant));
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
