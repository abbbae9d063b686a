import { timingSafeEqual } from "node:crypto";
import { cookieOf } from "@holdfast/chassis/cookies";
import type { Answer, Call } from "@holdfast/chassis/endpoint";
import type { endGoogleSignIn as endpoint } from "@holdfast/contracts/api/google";
import type { Id } from "@holdfast/contracts/ids";
import type { Selectable } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { OAuthAttemptTable } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { googleRefused } from "../problems.ts";
import { secondFactorNeeded } from "../second-factor/begin-challenge.ts";
import { browserSession } from "../sessions/browser-session.ts";
import { readClient } from "../sessions/client.ts";
import { startSession } from "../sessions/start-session.ts";
import type { Grant } from "../sessions/tokens-view.ts";
import { visitorFact } from "../users/visitor-fact.ts";
import { accountOfIdentity } from "./account-of-identity.ts";
import { digest } from "./begin-google-sign-in.ts";
import type { GoogleIdentity } from "./google-provider.ts";
import { attemptCookie, clearedAttempt, redirect } from "./redirect.ts";

type SignInDependencies = Pick<
  AuthDependencies,
  "db" | "transact" | "clock" | "google" | "accessTokens" | "secondFactorKeys"
>;

/**
 * Takes the browser back from Google and signs it in, or sends it on with the challenge of its second factor. Each
 * attempt is taken by the first answer that comes for it, whatever becomes of that.
 * @throws googleRefused, googleUnavailable, accountInactive
 */
export async function endGoogleSignIn(
  deps: SignInDependencies,
  call: Call<typeof endpoint>,
): Promise<Answer> {
  const { state } = call.query;
  const attempt = state === undefined ? undefined : await takeAttempt(deps, state);
  if (state === undefined || attempt === undefined || !isOfBrowser(attempt, call.headers("cookie")))
    throw googleRefused("This sign-in has expired, was used, or began in another browser. Begin anew.");
  const { nonce, code_verifier: codeVerifier, return_to: returnTo } = attempt;
  const identity = await deps.google.redeem({ state, nonce, codeVerifier }, answerOf(call.query));
  const begun = await signIn(deps, call, identity);
  if ("challenge" in begun)
    return redirect(`${withoutFragment(returnTo)}#challenge=${encodeURIComponent(begun.challenge)}`, [
      clearedAttempt,
    ]);
  const { cookies } = await browserSession(deps, begun.grant, deps.clock.machineNow());
  return redirect(returnTo, [clearedAttempt, ...cookies]);
}

async function takeAttempt(
  { db, clock }: Pick<AuthDependencies, "db" | "clock">,
  state: string,
): Promise<Selectable<OAuthAttemptTable> | undefined> {
  const taken = await db
    .deleteFrom("oauth_attempts")
    .where("state_hash", "=", digest(state))
    .returningAll()
    .executeTakeFirst();
  const isLate =
    taken !== undefined &&
    Temporal.Instant.compare(Temporal.Instant.from(taken.expires_at), clock.machineNow()) <= 0;
  return isLate ? undefined : taken;
}

function isOfBrowser({ browser_hash }: Selectable<OAuthAttemptTable>, cookies: string | undefined): boolean {
  const secret = cookieOf(cookies, attemptCookie.name);
  return secret !== undefined && timingSafeEqual(digest(secret), browser_hash);
}

/** The query as it came, for the library to check; the contract lets only texts through. */
function answerOf(query: Call<typeof endpoint>["query"]): URLSearchParams {
  const texts = Object.entries(query).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return new URLSearchParams(texts);
}

async function signIn(
  deps: SignInDependencies,
  call: Call<typeof endpoint>,
  identity: GoogleIdentity,
): Promise<{ readonly challenge: string } | { readonly grant: Grant }> {
  const now = deps.clock.machineNow();
  const { traceparent } = call;
  return deps.transact(async (unit) => {
    const at = { machineNow: now, now: deps.clock.now(), traceparent };
    const user: { readonly id: Id<"usr"> } = { id: await accountOfIdentity(unit, identity, at) };
    const passed = { user, method: "google" as const, now };
    const challenge = await secondFactorNeeded(deps, unit, passed);
    if (challenge !== undefined) return { challenge };
    const client = readClient(call.headers);
    const grant = await startSession(deps, unit, { ...passed, client, mode: "cookies", traceparent });
    await writeAudit(unit.tx, { ...visitorFact(call, user.id), sessionId: grant.sessionId });
    return { grant };
  });
}

function withoutFragment(path: string): string {
  return path.split("#", 1)[0] ?? path;
}
