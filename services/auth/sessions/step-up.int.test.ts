import { passSecondFactor } from "@holdfast/contracts/api/sessions";
import * as accounts from "@holdfast/contracts/api/accounts";
import * as apiKeys from "@holdfast/contracts/api/api-keys";
import * as secondFactor from "@holdfast/contracts/api/second-factor";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";
import {
  codeNow,
  codesOf,
  guardedAccount,
  nextStep,
  wrongCode,
} from "../second-factor/second-factor.fixture.ts";

let world: AuthWorld;

beforeAll(async () => {
  world = await startAuthWorld();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const codeIn = ({ body }: { body: unknown }) => (body as { code?: string } | null)?.code;
const sessionOf = (token: string) => decodeJwt<{ sid: `ses_${string}` }>(token).sid;
const stepUp = (token: string, proof: { password?: string; code?: string }) =>
  world.as(token, "POST /v1/sessions/current/step-up", proof);

/** The account's session as it is ten minutes after its owner signed in: a token of it that is not fresh. */
async function aged(account: Account): Promise<string> {
  const signedIn = await world.client("POST /v1/sessions", {
    body: { email: account.email, password: account.password },
  });
  return age(signedIn.body as { accessToken: string; refreshToken: string });
}

async function age(tokens: { accessToken: string; refreshToken: string }): Promise<string> {
  const earlier = Temporal.Now.instant().subtract({ minutes: 10 }).toString();
  await world.db
    .updateTable("sessions")
    .set({ authenticated_at: earlier })
    .where("id", "=", sessionOf(tokens.accessToken))
    .execute();
  const { body } = await world.client("POST /v1/sessions/refresh", {
    body: { refreshToken: tokens.refreshToken },
  });
  return (body as { accessToken: string }).accessToken;
}

/** A guarded account and a token of it that is not fresh. */
async function agedGuarded() {
  const guarded = await guardedAccount(world);
  const { body } = await world.client("POST /v1/sessions", {
    body: { email: guarded.email, password: guarded.password },
  });
  const { challenge } = body as { challenge: string };
  const passed = await world.client("POST /v1/sessions/second-factor", {
    body: { challenge, code: codeNow(guarded.secret) },
  });
  expect(passed.status).toBe(passSecondFactor.answers.status);
  await nextStep(world, guarded);
  const token = await age(passed.body as { accessToken: string; refreshToken: string });
  return { ...guarded, token };
}

describe("what needs a fresh proof", () => {
  const endpoints = [
    ...Object.values(accounts),
    ...Object.values(apiKeys),
    ...Object.values(secondFactor),
  ].flatMap((one) => (typeof one === "object" && one !== null && "stepUp" in one && one.stepUp ? [one] : []));

  test("is refused ten minutes after signing in, before anything is done", async () => {
    expect(endpoints.length).toBeGreaterThan(5);
    const account = await world.add();
    const token = await aged(account);
    expect((await world.as(token, "GET /v1/me")).status).toBe(200);
    for (const { method, path } of endpoints) {
      const filled = path.replaceAll(/\{\w+\}/g, "key_01h455vb4pex5vsknk084sn02q");
      const request = `${method.toUpperCase()} ${filled}` as Parameters<AuthWorld["as"]>[1];
      const refused = await world.as(token, request, method === "delete" ? undefined : {});
      expect(refused.status, path).toBe(401);
      expect(codeIn(refused), path).toBe("auth/step-up-needed");
      expect(refused.headers.get("www-authenticate"), path).toContain("insufficient_user_authentication");
    }
    expect(
      await world.db
        .selectFrom("second_factors")
        .select("user_id")
        .where("user_id", "=", account.userId)
        .execute(),
    ).toEqual([]);
  });

  test("is done after proving oneself again, with the session as it was", async () => {
    const account = await world.add();
    const token = await aged(account);
    const { status, body, headers } = await stepUp(token, { password: account.password });
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    const { accessToken, ...rest } = body as { accessToken: string };
    expect(rest).toEqual({ tokenType: "Bearer", expiresInSeconds: 300 });
    const claims = decodeJwt<{ auth_time: number }>(accessToken);
    expect(sessionOf(accessToken)).toBe(sessionOf(token));
    expect(claims.iat! - claims.auth_time).toBeLessThanOrEqual(1);
    expect((await world.as(accessToken, "POST /v1/me/second-factor")).status).toBe(201);
    expect(codeIn(await world.as(token, "POST /v1/me/second-factor"))).toBe("auth/step-up-needed");
  });
});

describe("proving oneself again", () => {
  test("with a wrong password changes nothing, and is counted as a failed sign-in is", async () => {
    const account = await world.add();
    const token = await aged(account);
    for (let count = 0; count < 10; count += 1)
      expect(codeIn(await stepUp(token, { password: "velvet-orbit-43-canyon" }))).toBe(
        "auth/credentials-wrong",
      );
    const session = await world.db
      .selectFrom("sessions")
      .select("authenticated_at")
      .where("id", "=", sessionOf(token))
      .executeTakeFirstOrThrow();
    expect(
      Temporal.Instant.from(session.authenticated_at!).until(Temporal.Now.instant()).total("minutes"),
    ).toBeGreaterThan(9);
    expect(codeIn(await stepUp(token, { password: account.password }))).toBe("auth/too-many-attempts");
    const log = await world.db
      .selectFrom("audit_log")
      .select("outcome")
      .where("action", "=", "stepUp")
      .where("kind", "=", "account")
      .where("actor", "=", account.userId)
      .execute();
    expect(log).toEqual(Array.from({ length: 10 }, () => ({ outcome: "auth/credentials-wrong" })));
  });

  test("takes a code, once, where there is a second factor, and the password alone never", async () => {
    const { token, secret, password } = await agedGuarded();
    expect(codeIn(await stepUp(token, { password }))).toBe("auth/second-factor-needed");
    expect(codeIn(await stepUp(token, { code: wrongCode(secret) }))).toBe("auth/code-wrong");
    const code = codeNow(secret);
    const answers = await Promise.all(Array.from({ length: 4 }, () => stepUp(token, { code })));
    expect(codesOf(answers)).toEqual(["200", ...Array.from({ length: 3 }, () => "auth/code-wrong")]);
  });

  test("takes a recovery code, and no code where there is no second factor", async () => {
    const guarded = await agedGuarded();
    expect((await stepUp(guarded.token, { code: guarded.recoveryCodes[0]! })).status).toBe(200);
    const plain = await world.add();
    expect(codeIn(await stepUp(await aged(plain), { code: "123456" }))).toBe("auth/second-factor-is-off");
  });

  test("of an account with neither means signing in again", async () => {
    const account = await world.add();
    const token = await aged(account);
    await world.db
      .updateTable("users")
      .set({ password_hash: null })
      .where("id", "=", account.userId)
      .execute();
    expect(codeIn(await stepUp(token, { password: account.password }))).toBe("auth/sign-in-again");
  });

  test.each(["ended_at", "idle_expires_at"] as const)(
    "brings no session back whose %s has passed, and uses no code up",
    async (column) => {
      const { token, secret } = await agedGuarded();
      const id = sessionOf(token);
      const set = (at: string | null) =>
        world.db
          .updateTable("sessions")
          .set({ [column]: at })
          .where("id", "=", id)
          .execute();
      const { [column]: before } = await world.db
        .selectFrom("sessions")
        .select(column)
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      await set(Temporal.Now.instant().subtract({ seconds: 1 }).toString());
      const code = codeNow(secret);
      expect(codeIn(await stepUp(token, { code }))).toBe("auth/token-invalid");
      await set(before);
      expect((await stepUp(token, { code })).status).toBe(200);
    },
  );

  test("gives an account whose tokens were refused until now one that is not", async () => {
    const account = await world.add();
    const token = await aged(account);
    const tokensFrom = Temporal.Now.instant().toString();
    await world.db
      .updateTable("users")
      .set({ tokens_from: tokensFrom })
      .where("id", "=", account.userId)
      .execute();
    const { body } = await stepUp(token, { password: account.password });
    const { iat } = decodeJwt((body as { accessToken: string }).accessToken);
    expect(iat! * 1_000).toBeGreaterThan(Temporal.Instant.from(tokensFrom).epochMilliseconds);
  });

  test("in a browser renews the cookie, and shows scripts no token", async () => {
    const account = await world.add();
    const { headers, body } = await world.client("POST /v1/browser-sessions", {
      body: { email: account.email, password: account.password },
    });
    const [cookie] = headers.getSetCookie();
    const token = /^__Host-holdfast-access=([^;]+)/.exec(cookie!)![1]!;
    const stepped = await stepUp(token, { password: account.password });
    expect(stepped.body).toEqual({ accessToken: null, tokenType: "Bearer", expiresInSeconds: 300 });
    const renewed = /^__Host-holdfast-access=([^;]+)/.exec(stepped.headers.getSetCookie()[0]!)![1]!;
    expect(decodeJwt(renewed)["csrf"]).toBe((body as { csrfToken: string }).csrfToken);
  });
});
