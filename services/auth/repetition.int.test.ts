import { randomUUID } from "node:crypto";
import type { TokensView } from "@holdfast/contracts/api/sessions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, type AuthWorld, startAuthWorld } from "./auth-world.fixture.ts";
import {
  challengeOf,
  codeNow,
  guardedAccount,
  nextStep,
  wrongCode,
} from "./second-factor/second-factor.fixture.ts";

let world: AuthWorld;

beforeAll(async () => {
  world = await startAuthWorld();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const newPassword = "another-orbit-77-harbour";

/** A call under a key: what was answered, and whether it had been answered before. */
async function ask(
  request: Parameters<AuthWorld["client"]>[0],
  { key, body, token }: { readonly key: string; readonly body?: unknown; readonly token?: string },
) {
  const answered = await world.client(request, {
    ...(body === undefined ? {} : { body }),
    headers: { "idempotency-key": key, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });
  const code = (answered.body as { code?: string } | null)?.code;
  const isReplayed = answered.headers.get("idempotency-replayed") === "true";
  return { status: answered.status, body: answered.body, code, isReplayed, headers: answered.headers };
}

const proof = ({ email, password }: Account) => ({ email, password });

async function sessionsOf({ userId }: Account): Promise<number> {
  return (await world.db.selectFrom("sessions").select("id").where("user_id", "=", userId).execute()).length;
}

/** All that is kept for repetition, as whoever reads the table sees it. */
async function kept(): Promise<string> {
  const { rows } = await world.platform.sql.query<{ row: string }>(
    "select idempotency_keys::text || coalesce(encode(sealed, 'escape'), '') as row from idempotency_keys",
  );
  return rows.map(({ row }) => row).join("\n");
}

describe("a sign-in", () => {
  test("sent again under its key is given the same tokens, of one session, and they are nowhere readable", async () => {
    const [ana, key] = [await world.add(), randomUUID()];
    const first = await ask("POST /v1/sessions", { key, body: proof(ana) });
    const second = await ask("POST /v1/sessions", { key, body: proof(ana) });
    expect([first.status, first.isReplayed]).toEqual([201, false]);
    expect([second.status, second.isReplayed]).toEqual([201, true]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("cache-control")).toBe("no-store");
    expect(await sessionsOf(ana)).toBe(1);
    const { accessToken, refreshToken } = first.body as TokensView;
    for (const secret of [accessToken, refreshToken, key, ana.email])
      expect(await kept()).not.toContain(secret);
  });

  test("proves the password again: no key leads past it", async () => {
    const [ana, key] = [await world.add(), "guessable"];
    await ask("POST /v1/sessions", { key, body: proof(ana) });
    const guess = await ask("POST /v1/sessions", { key, body: { ...proof(ana), password: "not-it" } });
    expect([guess.code, guess.isReplayed]).toEqual(["auth/credentials-wrong", false]);
    const failures = await world.db
      .selectFrom("audit_log")
      .select("outcome")
      .where("action", "=", "logIn")
      .where("outcome", "=", "auth/credentials-wrong")
      .where((of) => of(of.val<string>(ana.userId), "=", of.fn.any("targets")))
      .execute();
    expect(failures).toHaveLength(1);
  });

  test("under a stranger's key is one's own", async () => {
    const [ana, ben, key] = [await world.add(), await world.add(), "1"];
    await ask("POST /v1/sessions", { key, body: proof(ana) });
    const other = await ask("POST /v1/sessions", { key, body: proof(ben) });
    expect([other.status, other.isReplayed]).toEqual([201, false]);
    expect((other.body as TokensView).user.userId).toBe(ben.userId);
  });

  test("sent twice at once starts one session", async () => {
    const [ana, key] = [await world.add(), randomUUID()];
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => ask("POST /v1/sessions", { key, body: proof(ana) })),
    );
    expect(await sessionsOf(ana)).toBe(1);
    const fresh = answers.filter(({ status, isReplayed }) => status === 201 && !isReplayed);
    expect(fresh).toHaveLength(1);
    for (const { code, isReplayed } of answers.filter((one) => one !== fresh[0]))
      expect(isReplayed || code === "request/idempotency-key-in-flight").toBe(true);
  });

  test("is given no more once its tokens were used, or its session has ended", async () => {
    const [ana, used, ended] = [await world.add(), randomUUID(), randomUUID()];
    const first = await ask("POST /v1/sessions", { key: used, body: proof(ana) });
    const { refreshToken } = first.body as TokensView;
    expect((await world.client("POST /v1/sessions/refresh", { body: { refreshToken } })).status).toBe(200);
    const second = await ask("POST /v1/sessions", { key: ended, body: proof(ana) });
    await world.as((second.body as TokensView).accessToken, "DELETE /v1/sessions/current");
    for (const key of [used, ended]) {
      const again = await ask("POST /v1/sessions", { key, body: proof(ana) });
      expect([again.status, again.code]).toEqual([409, "auth/sign-in-spent"]);
    }
    expect(await sessionsOf(ana)).toBe(2);
  });

  test("in a browser sets the same cookies again", async () => {
    const [ana, key] = [await world.add(), randomUUID()];
    const signIn = () => ask("POST /v1/browser-sessions", { key, body: proof(ana) });
    const [first, second] = [await signIn(), await signIn()];
    const values = ({ headers }: typeof first) =>
      headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    expect(second.isReplayed).toBe(true);
    expect(second.body).toEqual(first.body);
    expect(values(second)).toEqual(values(first));
    expect(values(first)).toHaveLength(2);
    for (const cookie of values(first)) expect(await kept()).not.toContain(cookie!.split("=")[1]);
  });

  test("with a second factor is answered again though challenge and code are used up, and to no other code", async () => {
    const [guarded, key] = [await guardedAccount(world), randomUUID()];
    const body = { challenge: await challengeOf(world, guarded), code: codeNow(guarded.secret) };
    const pass = (code = body.code) =>
      ask("POST /v1/sessions/second-factor", { key, body: { ...body, code } });
    const first = await pass();
    const [second, other] = [await pass(), await pass(wrongCode(guarded.secret))];
    expect([second.status, second.isReplayed, second.body]).toEqual([201, true, first.body]);
    expect(other.code).toBe("auth/challenge-invalid");
  });
});

describe("a proof in a session", () => {
  test("steps it up once, and another code under its key is a failed try", async () => {
    const guarded = await guardedAccount(world);
    const [token, key, code] = [guarded.accessToken, randomUUID(), codeNow(guarded.secret)];
    const stepUp = (given: string) =>
      ask("POST /v1/sessions/current/step-up", { key, token, body: { code: given } });
    const first = await stepUp(code);
    expect(first.status).toBe(200);
    const second = await stepUp(code);
    expect([second.isReplayed, second.body]).toEqual([true, first.body]);
    const wrong = wrongCode(guarded.secret);
    for (let count = 0; count < 10; count += 1)
      expect((await stepUp(wrong)).code).toBe("request/idempotency-key-reused");
    expect((await stepUp(code)).code).toBe("auth/too-many-attempts");
  });

  test("turns the second factor on once, and shows its recovery codes again", async () => {
    const ana = await world.signedIn();
    const token = ana.tokens.accessToken;
    const [begin, confirm] = [randomUUID(), randomUUID()];
    const begun = await ask("POST /v1/me/second-factor", { key: begin, token });
    const again = await ask("POST /v1/me/second-factor", { key: begin, token });
    const { secret } = begun.body as { secret: string };
    expect([again.isReplayed, again.body]).toEqual([true, begun.body]);
    const body = { code: codeNow(secret) };
    const on = await ask("POST /v1/me/second-factor/confirmation", { key: confirm, token, body });
    const onAgain = await ask("POST /v1/me/second-factor/confirmation", { key: confirm, token, body });
    expect([onAgain.status, onAgain.isReplayed, onAgain.body]).toEqual([200, true, on.body]);
    const { recoveryCodes } = on.body as { recoveryCodes: string[] };
    for (const shown of [secret, ...recoveryCodes]) expect(await kept()).not.toContain(shown);
    await nextStep(world, ana);
  });
});

describe("a secret that is shown once", () => {
  test("is shown again to who lost the answer, and the database does not hold it", async () => {
    const ana = await world.signedIn();
    const token = ana.tokens.accessToken;
    const made = { key: randomUUID(), token, body: { name: "A key", scopes: ["booking:read:own"] } };
    const [first, second] = [await ask("POST /v1/api-keys", made), await ask("POST /v1/api-keys", made)];
    expect([first.status, second.isReplayed, second.body]).toEqual([201, true, first.body]);
    const { key, apiKey } = first.body as { key: string; apiKey: { keyId: string } };
    const rotation = { key: randomUUID(), token, body: {} };
    const rotate = () => ask(`POST /v1/api-keys/${apiKey.keyId}/rotations`, rotation);
    const [rotated, rotatedAgain] = [await rotate(), await rotate()];
    expect([rotatedAgain.isReplayed, rotatedAgain.body]).toEqual([true, rotated.body]);
    for (const shown of [key, (rotated.body as { key: string }).key])
      expect(await kept()).not.toContain(shown);
    expect((await world.as(token, "GET /v1/api-keys")).body).toMatchObject({ items: [{}] });
    const other = await ask("POST /v1/api-keys", { ...made, body: { ...made.body, name: "Another" } });
    expect([other.status, other.code]).toEqual([422, "request/idempotency-key-reused"]);
  });
});

describe("what hashes a password before its transaction", () => {
  test("resets it once by a link, though the link is used up", async () => {
    const ana = await world.add();
    await world.client("POST /v1/password-resets", { body: { email: ana.email } });
    const token = await world.mailToken(ana.email, "reset-password");
    const reset = { key: randomUUID(), body: { token, newPassword } };
    const answers = [
      await ask("POST /v1/password-resets/confirmations", reset),
      await ask("POST /v1/password-resets/confirmations", reset),
    ];
    expect(answers.map(({ status, isReplayed }) => [status, isReplayed])).toEqual([
      [204, false],
      [204, true],
    ]);
    expect(await world.mailsTo(ana.email, "password-changed")).toHaveLength(1);
  });

  test("of two resets at once by one link neither is told that the link is invalid", async () => {
    const ana = await world.add();
    await world.client("POST /v1/password-resets", { body: { email: ana.email } });
    const token = await world.mailToken(ana.email, "reset-password");
    const reset = { key: randomUUID(), body: { token, newPassword } };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => ask("POST /v1/password-resets/confirmations", reset)),
    );
    for (const { status, code } of answers)
      expect(code ?? status).toSatisfy((said) => [204, "request/idempotency-key-in-flight"].includes(said));
    expect(await world.mailsTo(ana.email, "password-changed")).toHaveLength(1);
  });

  test("registers and makes accounts once, and keeps no quick hash of a password", async () => {
    const admin = await world.signedIn({ roles: ["admin"] });
    const email = `${randomUUID()}@example.com`;
    const registration = { key: randomUUID(), body: { email, password: newPassword, name: "Ana" } };
    await ask("POST /v1/users", registration);
    expect(await ask("POST /v1/users", registration)).toMatchObject({ status: 202, isReplayed: true });
    expect(await world.mailsTo(email, "verify-email")).toHaveLength(1);
    const account = {
      key: randomUUID(),
      token: admin.tokens.accessToken,
      body: { email: `${randomUUID()}@example.com`, password: newPassword, name: "Ben", roles: ["customer"] },
    };
    const first = await ask("POST /v1/admin/users", account);
    const second = await ask("POST /v1/admin/users", account);
    expect([first.status, second.status, second.isReplayed, second.body]).toEqual([
      201,
      201,
      true,
      first.body,
    ]);
    // Who is erased leaves no copy of themselves in an administrator's answers.
    expect(await kept()).not.toContain(account.body.email);
  });
});
