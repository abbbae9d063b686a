import { randomUUID } from "node:crypto";
import { answer, type Answer, type Call, callerOf } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import type { Problem } from "@holdfast/chassis/problem";
import { forbidden, refuseToken } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { stepUp as endpoint } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import type { z } from "zod";
import type { Attempt } from "../attempts/attempts.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accessTokenSeconds } from "../keys/access-tokens.ts";
import {
  accountInactive,
  codeWrong,
  credentialsWrong,
  secondFactorIsOff,
  secondFactorRequired,
  signInAgain,
} from "../problems.ts";
import { accountFact } from "../second-factor/account-fact.ts";
import { useCode } from "../second-factor/use-code.ts";
import { viewedUser } from "../users/user-view.ts";
import { accessCookieOf } from "./browser-session.ts";
import { readClient } from "./client.ts";
import { grantOf, keepGrant, type Kept } from "./kept-grant.ts";
import { tokenDate } from "./token-date.ts";
import { accessTokenOf, type Grant, unstored } from "./tokens-view.ts";

type Dependencies = Pick<
  AuthDependencies,
  | "db"
  | "transact"
  | "repetitionSecret"
  | "clock"
  | "passwords"
  | "accessTokens"
  | "attempts"
  | "secondFactorKeys"
>;
type StepUpCall = Call<typeof endpoint>;
type SteppedUp = z.output<NonNullable<typeof endpoint.answers.body>>;

/** What the account can prove itself with, and what was given. */
interface Proof {
  readonly attempt: Attempt;
  readonly passwordHash: string | null;
}

/**
 * Makes the caller's session fresh: its owner proved again who they are, with a code where the account has a second
 * factor, else with the password. A browser's token goes into its cookie, where no script reads it. A repetition is
 * counted as a try like any other, and given the token of then.
 * @throws credentialsWrong, codeWrong, secondFactorRequired, secondFactorIsOff, signInAgain, tooManyAttempts,
 *   accountInactive; tokenInvalid when the session has ended, forbidden when the token belongs to none
 */
export async function stepUp(deps: Dependencies, call: StepUpCall): Promise<Answer<SteppedUp>> {
  const caller = callerOf(call);
  if (caller.sessionId === undefined) throw forbidden("This token belongs to no session.");
  const proof = await proofOf(deps, call, caller);
  const proven = await deps.attempts.guard(proof.attempt, () => check(deps, call, proof));
  const fresh = grantOf<Freshness>(proven);
  const token = await accessTokenOf(deps, fresh);
  const isBrowser = fresh.csrfToken !== null;
  return answer(
    {
      accessToken: isBrowser ? null : token,
      tokenType: "Bearer",
      expiresInSeconds: accessTokenSeconds,
    },
    {
      headers: { ...unstored.headers, ...proven.headers },
      cookies: isBrowser ? [accessCookieOf(token)] : [],
    },
  );
}

/** Refuses what is not asked of this account, before anything is looked at. */
async function proofOf({ db }: Dependencies, call: StepUpCall, { userId }: Caller): Promise<Proof> {
  const account = await db
    .selectFrom("users")
    .select([...viewedUser, "password_hash"])
    .where("users.id", "=", userId as Id<"usr">)
    .executeTakeFirst();
  if (account === undefined || account.email === null) throw refuseToken("The account does not exist.");
  const { network } = readClient(call.headers);
  if (call.body.code !== undefined) {
    if (!account.second_factor) throw secondFactorIsOff();
    return { attempt: { kind: "code", account: account.id, network }, passwordHash: null };
  }
  if (account.second_factor) throw secondFactorRequired();
  if (account.password_hash === null) throw signInAgain();
  return {
    attempt: { kind: "password", account: account.email, network },
    passwordHash: account.password_hash,
  };
}

type Freshness = Omit<Grant, "refreshToken">;

async function check(deps: Dependencies, call: StepUpCall, proof: Proof): Promise<Answer<Kept<Freshness>>> {
  const { password } = call.body;
  if (proof.passwordHash !== null && password !== undefined) {
    // Hashing takes its time, so no row is locked meanwhile.
    const matches = await deps.passwords.verify(proof.passwordHash, password);
    if (!matches) {
      await deps.transact(({ tx }) => writeAudit(tx, wrongFact(call, credentialsWrong.code)));
      throw credentialsWrong();
    }
  }
  return idempotent(deps, call, (unit) => freshen(deps, unit, call, proof));
}

/** What is wrong is returned: the audit log's entry must be committed. */
async function freshen(
  deps: Dependencies,
  { tx }: UnitOfWork<AuthTables>,
  call: StepUpCall,
  { passwordHash }: Proof,
): Promise<Answer<Kept<Freshness>> | Problem> {
  const caller = callerOf(call);
  const userId = caller.userId as Id<"usr">;
  const now = deps.clock.machineNow();
  const { code } = call.body;
  if (code !== undefined && (await useCode(deps.secondFactorKeys, tx, { userId, code, now })) === undefined) {
    await writeAudit(tx, wrongFact(call, codeWrong.code));
    return codeWrong();
  }
  const { tokens_from, password_hash, ...user } = await lockUser(tx, userId);
  if (user.status !== "active") throw accountInactive();
  // Both may have changed while the password was hashed.
  if (code === undefined && user.second_factor) throw secondFactorRequired();
  if (code === undefined && password_hash !== passwordHash) {
    await writeAudit(tx, wrongFact(call, credentialsWrong.code));
    return credentialsWrong();
  }
  const session = await lockLiveSession(tx, caller, now);
  await tx
    .updateTable("sessions")
    .set({ authenticated_at: now.toString(), last_used_at: now.toString() })
    .where("id", "=", session.id)
    .execute();
  await writeAudit(tx, accountFact(call));
  return answer(
    keepGrant({
      user,
      sessionId: session.id,
      issuedAt: tokenDate(now, tokens_from),
      authenticatedAt: now,
      idleExpiresAt: Temporal.Instant.from(session.idle_expires_at),
      csrfToken: session.csrf_token,
      accessTokenId: randomUUID(),
    }),
  );
}

function wrongFact(call: StepUpCall, outcome: string) {
  return { ...accountFact(call), outcome };
}

/** Whoever changes roles, status or password waits until the session is fresh, and what they end is ended then. */
async function lockUser(tx: Transaction<AuthTables>, userId: Id<"usr">) {
  return tx
    .selectFrom("users")
    .select([...viewedUser, "tokens_from", "password_hash"])
    .where("users.id", "=", userId)
    .forNoKeyUpdate("users")
    .executeTakeFirstOrThrow();
}

/** @throws tokenInvalid when the session has ended or run out: a token that outlives it must not bring it back */
async function lockLiveSession(tx: Transaction<AuthTables>, caller: Caller, now: Temporal.Instant) {
  const session = await tx
    .selectFrom("sessions")
    .select(["id", "idle_expires_at", "csrf_token"])
    .where("id", "=", caller.sessionId as Id<"ses">)
    .where("user_id", "=", caller.userId as Id<"usr">)
    .where("ended_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
  // Never later than the session's absolute end: a constraint.
  const hasRunOut =
    session !== undefined &&
    Temporal.Instant.compare(Temporal.Instant.from(session.idle_expires_at), now) <= 0;
  if (session === undefined || hasRunOut) throw refuseToken("The session has ended.");
  return session;
}
