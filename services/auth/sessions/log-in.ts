import type { Call } from "@holdfast/chassis/endpoint";
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
import { startSession } from "./start-session.ts";
import type { Grant } from "./tokens-view.ts";

type LogInDependencies = Pick<
  AuthDependencies,
  "db" | "transact" | "passwords" | "clock" | "attempts" | "secondFactorKeys"
>;

/** The endpoint for programs, or its twin for pages: they differ in where the tokens go alone. */
export type LogInCall = Pick<Call<typeof endpoint>, "body" | "headers" | "requestId" | "traceparent">;

interface KnownUser {
  readonly id: Id<"usr">;
  readonly passwordHash: string;
}

/**
 * Starts a session, or asks for the second factor first.
 * @throws credentialsWrong, the same and about as fast whether the account exists or not; tooManyAttempts; with the right
 * password alone secondFactorRequired and accountInactive
 */
export async function logIn(
  deps: LogInDependencies,
  call: LogInCall,
  mode: "tokens" | "cookies",
): Promise<Grant> {
  const client = readClient(call.headers);
  const user = await provePassword(deps, call, client);
  const now = deps.clock.machineNow();
  const method = "password";
  const { traceparent, requestId } = call;
  // What is refused until the second factor comes is refused after the commit, which its challenge must outlive.
  const outcome = await deps.transact(async (unit): Promise<Grant | string> => {
    await requireStill(unit.tx, user);
    const challenge = await secondFactorNeeded(deps, unit, { user, method, now });
    if (challenge !== undefined) return challenge;
    const grant = await startSession(deps, unit, { user, method, client, mode, now, traceparent });
    await writeAudit(unit.tx, {
      ...signIn(client, requestId),
      actor: user.id,
      sessionId: grant.sessionId,
      targets: [user.id],
    });
    return grant;
  });
  await rehashPassword(deps, { userId: user.id, hash: user.passwordHash, password: call.body.password });
  if (typeof outcome === "string") throw refuseUntilSecondFactor(outcome);
  return outcome;
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

/** The user whose password it is. @throws credentialsWrong, tooManyAttempts */
async function provePassword(
  { db, transact, passwords, attempts }: LogInDependencies,
  { body: { email, password }, requestId }: LogInCall,
  client: Client,
): Promise<KnownUser> {
  let found: { readonly id: Id<"usr">; readonly password_hash: string | null } | undefined;
  const attempt = { kind: "password", account: email, network: client.network } as const;
  const checked = await attempts.guard<KnownUser>(attempt, async () => {
    found = await db
      .selectFrom("users")
      .select(["id", "password_hash"])
      .where("email", "=", email)
      .executeTakeFirst();
    const hash = found?.password_hash ?? undefined;
    const matches = await passwords.verify(hash, password);
    if (found === undefined || hash === undefined || !matches) return { isRight: false };
    return { isRight: true, value: { id: found.id, passwordHash: hash } };
  });
  if (checked.isRight) return checked.value;
  // Written for an address without an account too, which would answer sooner otherwise.
  const targets = found === undefined ? [] : [found.id];
  await transact(({ tx }) =>
    writeAudit(tx, { ...signIn(client, requestId), outcome: credentialsWrong.code, targets }),
  );
  throw credentialsWrong();
}

function signIn({ network }: Client, requestId: string) {
  return { action: "logIn", network: network || null, requestId };
}
