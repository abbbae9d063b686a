import { answer, type Answer, type Call } from "@holdfast/chassis/endpoint";
import { idempotent, isReplayed } from "@holdfast/chassis/idempotency";
import type { KeyedCall } from "@holdfast/chassis/key-use";
import type { logIn as endpoint } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { rehashPassword } from "../passwords/rehash-password.ts";
import { credentialsWrong } from "../problems.ts";
import { refuseUntilSecondFactor, secondFactorNeeded } from "../second-factor/begin-challenge.ts";
import { type Client, readClient } from "./client.ts";
import { grantOf, keepGrant, type Kept, requireUnspent } from "./kept-grant.ts";
import { startSession } from "./start-session.ts";
import type { Grant } from "./tokens-view.ts";

type LogInDependencies = Pick<
  AuthDependencies,
  "db" | "transact" | "repetitionSecret" | "passwords" | "clock" | "attempts" | "secondFactorKeys"
>;

/** The endpoint for programs, or its twin for pages: they differ in where the tokens go alone. */
export type LogInCall = KeyedCall &
  Pick<Call<typeof endpoint>, "body" | "headers" | "requestId" | "traceparent">;

interface KnownUser {
  readonly id: Id<"usr">;
  readonly passwordHash: string;
}

/**
 * Starts a session, or asks for the second factor first. A repetition proves the password again before anything is looked
 * up under its key: no key, however easy to guess, makes the password easier to guess.
 * @throws credentialsWrong, the same and about as fast whether the account exists or not; tooManyAttempts; with the right
 * password alone secondFactorRequired, accountInactive and signInSpent
 */
export async function logIn(
  deps: LogInDependencies,
  call: LogInCall,
  mode: "tokens" | "cookies",
): Promise<Answer<Kept<Grant>>> {
  const client = readClient(call.headers);
  const user = await provePassword(deps, call, client);
  const now = deps.clock.machineNow();
  const method = "password";
  const { traceparent, requestId } = call;
  const signedIn = await idempotent(deps, call, async (unit) => {
    await requireStill(unit.tx, user);
    const challenge = await secondFactorNeeded(deps, unit, { user, method, now });
    // Refused after the commit, which the challenge must outlive.
    if (challenge !== undefined) return refuseUntilSecondFactor(challenge);
    const grant = await startSession(deps, unit, { user, method, client, mode, now, traceparent });
    await writeAudit(unit.tx, {
      ...signIn(client, requestId),
      actor: user.id,
      sessionId: grant.sessionId,
      targets: [user.id],
    });
    return answer(keepGrant(grant));
  });
  if (isReplayed(signedIn)) await requireUnspent(deps, grantOf(signedIn));
  return signedIn;
}

/**
 * Is it the account's password still? One set while this one was being checked has ended every session, and this one would
 * come after them. Whoever sets one waits for the row, or is waited for here.
 * @throws credentialsWrong
 */
async function requireStill(tx: Transaction<AuthTables>, { id, passwordHash }: KnownUser): Promise<void> {
  const user = await tx
    .selectFrom("users")
    .select("password_hash")
    .where("id", "=", id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (user?.password_hash !== passwordHash) throw credentialsWrong();
}

/** The user whose password it is, with its hash as it is kept from now on. @throws credentialsWrong, tooManyAttempts */
async function provePassword(
  deps: LogInDependencies,
  { body: { email, password }, requestId }: LogInCall,
  client: Client,
): Promise<KnownUser> {
  const { db, transact, passwords, attempts } = deps;
  const attempt = { kind: "password", account: email, network: client.network } as const;
  const { id, hash } = await attempts.guard(attempt, async () => {
    const found = await db
      .selectFrom("users")
      .select(["id", "password_hash"])
      .where("email", "=", email)
      .executeTakeFirst();
    const kept = found?.password_hash ?? undefined;
    const matches = await passwords.verify(kept, password);
    if (found !== undefined && kept !== undefined && matches) return { id: found.id, hash: kept };
    // Written for an address without an account too, which would answer sooner otherwise.
    const targets = found === undefined ? [] : [found.id];
    await transact(({ tx }) =>
      writeAudit(tx, { ...signIn(client, requestId), outcome: credentialsWrong.code, targets }),
    );
    throw credentialsWrong();
  });
  return { id, passwordHash: await rehashPassword(deps, { userId: id, hash, password }) };
}

function signIn({ network }: Client, requestId: string) {
  return { action: "logIn", network: network || null, requestId };
}
