/** Accounts with an authenticator app, whose codes a test makes itself. */
import { Secret } from "otpauth";
import type { JsonAnswer } from "@holdfast/testkit/services/json-client";
import type { Account, AuthWorld } from "../auth-world.fixture.ts";
import { codeAt } from "./totp.ts";

/** An account with a second factor that is on. */
export interface Guarded extends Account {
  readonly accessToken: string;
  /** In base 32. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** The code an app shows now, or some steps from now. */
export function codeNow(secret: string, steps = 0): string {
  return codeAt(Buffer.from(Secret.fromBase32(secret).bytes), Date.now() + steps * 30_000);
}

/** A code that differs from all that work now. */
export function wrongCode(secret: string): string {
  const right = new Set([-1, 0, 1, 2].map((steps) => codeNow(secret, steps)));
  return ["000000", "111111", "222222", "333333", "444444"].find((code) => !right.has(code))!;
}

/** As if half a minute had passed since the last code: the app's current one works again. */
export async function nextStep({ db }: AuthWorld, { userId }: Account): Promise<void> {
  await db.updateTable("second_factors").set({ last_step: 0 }).where("user_id", "=", userId).execute();
}

/** An account that has turned its second factor on. */
export async function guardedAccount(world: AuthWorld): Promise<Guarded> {
  const account = await world.signedIn();
  const { accessToken } = account.tokens;
  const begun = await world.as(accessToken, "POST /v1/me/second-factor");
  const { secret } = begun.body as { secret: string };
  const code = codeNow(secret);
  const confirmed = await world.as(accessToken, "POST /v1/me/second-factor/confirmation", { code });
  if (confirmed.status !== 200) throw new Error(`confirming answered ${JSON.stringify(confirmed.body)}`);
  const { recoveryCodes } = confirmed.body as { recoveryCodes: string[] };
  await nextStep(world, account);
  return { ...account, accessToken, secret, recoveryCodes };
}

/** A sign-in that waits for its second factor. */
export async function challengeOf({ client }: AuthWorld, { email, password }: Account): Promise<string> {
  const { status, body } = await client("POST /v1/sessions", { body: { email, password } });
  const { code, challenge } = body as { code?: string; challenge?: string };
  if (status !== 401 || code !== "auth/second-factor-needed" || challenge === undefined)
    throw new Error(`signing in answered ${status}: ${JSON.stringify(body)}`);
  return challenge;
}

/** What each was refused with, or its status where it was not; in order of the words. */
export function codesOf(answers: readonly JsonAnswer[]): string[] {
  return answers
    .map(({ status, body }) => (body as { code?: string } | null)?.code ?? String(status))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** What the audit log tells of the account, oldest first. */
export async function audited(
  { db }: AuthWorld,
  userId: string,
): Promise<{ action: string; outcome: string }[]> {
  return db
    .selectFrom("audit_log")
    .select(["action", "outcome"])
    .where("kind", "=", "account")
    .where((of) => of.or([of("actor", "=", userId), of(of.val(userId), "=", of.fn.any("targets"))]))
    .orderBy("id")
    .execute();
}
