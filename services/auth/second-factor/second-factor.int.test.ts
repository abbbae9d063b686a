import type { TokensView } from "@holdfast/contracts/api/sessions";
import { jsonClient } from "@holdfast/testkit/services/json-client";
import { decodeJwt } from "jose";
import { Secret } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";
import { readConfig } from "../config.ts";
import { startAuth } from "../service.ts";
import {
  audited,
  challengeOf,
  codeNow,
  codesOf,
  type Guarded,
  guardedAccount,
  nextStep,
  wrongCode,
} from "./second-factor.fixture.ts";

let world: AuthWorld;
/** Another replica: codes of one account wait for each other in one process anyway. */
let replica: Awaited<ReturnType<typeof startAuth>>;

beforeAll(async () => {
  world = await startAuthWorld();
  replica = await startAuth(readConfig(world.environment));
});

afterAll(async () => {
  await replica?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const pass = (challenge: string, code: string, client = world.client) =>
  client("POST /v1/sessions/second-factor", { body: { challenge, code } });
/** At both replicas in turn. */
const passAtOnce = (tries: readonly (readonly [string, string])[]) => {
  const other = jsonClient(`http://127.0.0.1:${replica.port}`);
  return Promise.all(
    tries.map(([challenge, code], at) => pass(challenge, code, at % 2 === 0 ? world.client : other)),
  );
};
const logIn = ({ email, password }: Account) =>
  world.client("POST /v1/sessions", { body: { email, password } });
describe("turning it on", () => {
  test("takes a first code, shows ten recovery codes, tells the owner, and from then on the password alone gives no session", async () => {
    const account = await world.signedIn();
    const { accessToken } = account.tokens;
    const begun = await world.as(accessToken, "POST /v1/me/second-factor");
    expect(begun.status).toBe(201);
    expect(begun.headers.get("cache-control")).toBe("no-store");
    const { secret, uri } = begun.body as { secret: string; uri: string };
    expect(uri).toContain(secret);
    expect((await logIn(account)).status).toBe(201);

    const confirm = (code: string) =>
      world.as(accessToken, "POST /v1/me/second-factor/confirmation", { code });
    expect(codesOf([await confirm(wrongCode(secret))])).toEqual(["auth/code-wrong"]);
    const confirmed = await confirm(codeNow(secret));
    expect(confirmed.status).toBe(200);
    expect((confirmed.body as { recoveryCodes: string[] }).recoveryCodes).toHaveLength(10);
    await world.mailsTo(account.email, "second-factor-on");
    expect((await world.as(accessToken, "GET /v1/me")).body).toMatchObject({ secondFactor: true });

    const refused = await logIn(account);
    expect(refused.status).toBe(401);
    expect(refused.body).toMatchObject({ code: "auth/second-factor-needed", challenge: expect.any(String) });
    expect(JSON.stringify(refused.body)).not.toMatch(/accessToken|refreshToken/);
    expect(codesOf([await confirm(codeNow(secret))])).toEqual(["auth/second-factor-is-on"]);
    expect(codesOf([await world.as(accessToken, "POST /v1/me/second-factor")])).toEqual([
      "auth/second-factor-is-on",
    ]);
    const log = await audited(world, account.userId);
    expect(log).toContainEqual({ action: "confirmSecondFactor", outcome: "auth/code-wrong" });
    expect(log).toContainEqual({ action: "confirmSecondFactor", outcome: "done" });
  });

  test("the code that turned it on signs nobody in", async () => {
    const account = await world.signedIn();
    const { accessToken } = account.tokens;
    const { secret } = (await world.as(accessToken, "POST /v1/me/second-factor")).body as { secret: string };
    const code = codeNow(secret);
    await world.as(accessToken, "POST /v1/me/second-factor/confirmation", { code });
    expect(codesOf([await pass(await challengeOf(world, account), code)])).toEqual(["auth/code-wrong"]);
  });

  test("begun again, only the newest secret counts; without beginning there is nothing to confirm", async () => {
    const account = await world.signedIn();
    const { accessToken } = account.tokens;
    const confirm = (code: string) =>
      world.as(accessToken, "POST /v1/me/second-factor/confirmation", { code });
    expect(codesOf([await confirm("123456")])).toEqual(["auth/second-factor-not-begun"]);
    const begin = async () =>
      ((await world.as(accessToken, "POST /v1/me/second-factor")).body as { secret: string }).secret;
    const [older, newer] = [await begin(), await begin()];
    expect(codesOf([await confirm(codeNow(older))])).toEqual(["auth/code-wrong"]);
    expect((await confirm(codeNow(newer))).status).toBe(200);
  });

  test("leaves nothing in the database that makes a code", async () => {
    const guarded = await guardedAccount(world);
    const factor = await world.db
      .selectFrom("second_factors")
      .selectAll()
      .where("user_id", "=", guarded.userId)
      .executeTakeFirstOrThrow();
    const secret = Buffer.from(Secret.fromBase32(guarded.secret).bytes);
    expect(factor.secret_sealed.includes(secret)).toBe(false);
    const kept = await world.db
      .selectFrom("recovery_codes")
      .selectAll()
      .where("user_id", "=", guarded.userId)
      .execute();
    expect(kept).toHaveLength(10);
    const texts = kept.map(({ hash }) => hash.toString("latin1")).join("\n");
    for (const code of guarded.recoveryCodes) expect(texts).not.toContain(code.replaceAll("-", ""));
  });
});

describe("signing in with it", () => {
  let guarded: Guarded;
  beforeAll(async () => {
    guarded = await guardedAccount(world);
  });

  test("gives the tokens of a session that remembers how it began", async () => {
    await nextStep(world, guarded);
    const challenge = await challengeOf(world, guarded);
    const { status, body, headers } = await pass(challenge, codeNow(guarded.secret));
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    const { accessToken, user } = body as TokensView;
    expect(user.userId).toBe(guarded.userId);
    const sessionId = decodeJwt<{ sid: `ses_${string}` }>(accessToken).sid;
    const session = await world.db
      .selectFrom("sessions")
      .select("method")
      .where("id", "=", sessionId)
      .executeTakeFirst();
    expect(session).toEqual({ method: "password" });
    expect((await world.as(accessToken, "GET /v1/me")).status).toBe(200);
    await nextStep(world, guarded);
    expect(codesOf([await pass(challenge, codeNow(guarded.secret))])).toEqual(["auth/challenge-invalid"]);
    expect(await audited(world, guarded.userId)).toContainEqual({
      action: "passSecondFactor",
      outcome: "done",
    });
  });

  test("in a browser puts the tokens into cookies and not into the answer", async () => {
    await nextStep(world, guarded);
    const challenge = await challengeOf(world, guarded);
    const { status, body, headers } = await world.client("POST /v1/browser-sessions/second-factor", {
      body: { challenge, code: codeNow(guarded.secret) },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ csrfToken: expect.any(String) });
    expect(JSON.stringify(body)).not.toContain('oken":"eyJ');
    expect(headers.getSetCookie().map((cookie) => cookie.split("=")[0])).toEqual([
      "__Host-holdfast-access",
      "__Secure-holdfast-refresh",
    ]);
  });

  test("one challenge starts one session, however many try it at once", async () => {
    await nextStep(world, guarded);
    const challenge = await challengeOf(world, guarded);
    const codes = [0, 1].flatMap((steps) => Array.from({ length: 6 }, () => codeNow(guarded.secret, steps)));
    const answers = await passAtOnce(codes.map((code) => [challenge, code]));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(codesOf(answers.filter(({ status }) => status !== 201))).toEqual(
      Array.from({ length: 11 }, () => "auth/challenge-invalid"),
    );
  });

  test.each(["app", "recovery"] as const)(
    "one code of the %s works once, with many challenges at once",
    async (kind) => {
      const fresh = await guardedAccount(world);
      const code = kind === "app" ? codeNow(fresh.secret) : fresh.recoveryCodes[3]!;
      const challenges = await Promise.all(Array.from({ length: 5 }, () => challengeOf(world, fresh)));
      const answers = await passAtOnce(challenges.map((challenge) => [challenge, code]));
      expect(codesOf(answers)).toEqual(["201", ...Array.from({ length: 4 }, () => "auth/code-wrong")]);
    },
  );

  test("five wrong codes use a challenge up, also when sent at once", async () => {
    const fresh = await guardedAccount(world);
    const challenge = await challengeOf(world, fresh);
    const answers = await passAtOnce(Array.from({ length: 7 }, () => [challenge, wrongCode(fresh.secret)]));
    expect(codesOf(answers)).toEqual([
      ...Array.from({ length: 2 }, () => "auth/challenge-invalid"),
      ...Array.from({ length: 5 }, () => "auth/code-wrong"),
    ]);
    expect(codesOf([await pass(challenge, codeNow(fresh.secret))])).toEqual(["auth/challenge-invalid"]);
    expect((await pass(await challengeOf(world, fresh), codeNow(fresh.secret))).status).toBe(201);
    expect(await audited(world, fresh.userId)).toContainEqual({
      action: "passSecondFactor",
      outcome: "auth/code-wrong",
    });
  });

  test("ten wrong codes hold up the account's codes, the right one too", async () => {
    const fresh = await guardedAccount(world);
    for (let count = 0; count < 2; count += 1) {
      const challenge = await challengeOf(world, fresh);
      for (let tries = 0; tries < 5; tries += 1)
        expect(codesOf([await pass(challenge, wrongCode(fresh.secret))])).toEqual(["auth/code-wrong"]);
    }
    const refused = await pass(await challengeOf(world, fresh), codeNow(fresh.secret));
    expect(codesOf([refused])).toEqual(["auth/too-many-attempts"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("a challenge is over after five minutes, and is nothing that can be made up", async () => {
    await nextStep(world, guarded);
    const challenge = await challengeOf(world, guarded);
    const waiting = await world.db
      .selectFrom("sign_in_challenges")
      .select(["id", "expires_at"])
      .where("user_id", "=", guarded.userId)
      .orderBy("id", "desc")
      .executeTakeFirstOrThrow();
    const minutes = Temporal.Now.instant().until(waiting.expires_at).total("minutes");
    expect(minutes).toBeGreaterThan(4.5);
    expect(minutes).toBeLessThanOrEqual(5);
    const code = codeNow(guarded.secret);
    for (const madeUp of [waiting.id, waiting.id.slice(4), `${waiting.id.slice(4)}.`, `${challenge}x`, ""])
      expect(codesOf([await pass(madeUp, code)])).toEqual(["auth/challenge-invalid"]);
    await world.db
      .updateTable("sign_in_challenges")
      .set({ expires_at: Temporal.Now.instant().toString() })
      .where("id", "=", waiting.id)
      .execute();
    expect(codesOf([await pass(challenge, code)])).toEqual(["auth/challenge-invalid"]);
  });

  test("an account that was suspended meanwhile is not let in, and no code is used up", async () => {
    const fresh = await guardedAccount(world);
    const challenge = await challengeOf(world, fresh);
    const setStatus = (status: "active" | "suspended") =>
      world.db.updateTable("users").set({ status }).where("id", "=", fresh.userId).execute();
    await setStatus("suspended");
    expect(codesOf([await pass(challenge, codeNow(fresh.secret))])).toEqual(["auth/account-inactive"]);
    await setStatus("active");
    expect((await pass(await challengeOf(world, fresh), codeNow(fresh.secret))).status).toBe(201);
  });
});

describe("recovery codes", () => {
  test("each works once, however it is spelled, and the log tells it apart", async () => {
    const fresh = await guardedAccount(world);
    const [first, second] = fresh.recoveryCodes as [string, string];
    expect((await pass(await challengeOf(world, fresh), first)).status).toBe(201);
    expect(codesOf([await pass(await challengeOf(world, fresh), first)])).toEqual(["auth/code-wrong"]);
    const spelled = second.toUpperCase().replaceAll("-", " ");
    expect((await pass(await challengeOf(world, fresh), spelled)).status).toBe(201);
    expect(await audited(world, fresh.userId)).toContainEqual({ action: "useRecoveryCode", outcome: "done" });
  });

  test("one account's are no other's", async () => {
    const [one, other] = [await guardedAccount(world), await guardedAccount(world)];
    expect(codesOf([await pass(await challengeOf(world, one), other.recoveryCodes[0]!)])).toEqual([
      "auth/code-wrong",
    ]);
  });

  test("renewed, the old ones work no longer", async () => {
    const fresh = await guardedAccount(world);
    const { status, body } = await world.as(fresh.accessToken, "POST /v1/me/recovery-codes");
    expect(status).toBe(201);
    const { recoveryCodes } = body as { recoveryCodes: string[] };
    expect(recoveryCodes).toHaveLength(10);
    expect(codesOf([await pass(await challengeOf(world, fresh), fresh.recoveryCodes[0]!)])).toEqual([
      "auth/code-wrong",
    ]);
    expect((await pass(await challengeOf(world, fresh), recoveryCodes[0]!)).status).toBe(201);
  });
});

test("turned off, the password is enough again, sign-ins that waited are over, and the owner is told", async () => {
  const fresh = await guardedAccount(world);
  const challenge = await challengeOf(world, fresh);
  expect((await world.as(fresh.accessToken, "DELETE /v1/me/second-factor")).status).toBe(204);
  expect(codesOf([await pass(challenge, codeNow(fresh.secret))])).toEqual(["auth/challenge-invalid"]);
  expect((await logIn(fresh)).status).toBe(201);
  await world.mailsTo(fresh.email, "second-factor-off");
  for (const request of ["DELETE /v1/me/second-factor", "POST /v1/me/recovery-codes"] as const)
    expect(codesOf([await world.as(fresh.accessToken, request)])).toEqual(["auth/second-factor-is-off"]);
  const left = await world.db
    .selectFrom("recovery_codes")
    .select("hash")
    .where("user_id", "=", fresh.userId)
    .execute();
  expect(left).toEqual([]);
  expect(await audited(world, fresh.userId)).toContainEqual({
    action: "removeSecondFactor",
    outcome: "done",
  });
});
