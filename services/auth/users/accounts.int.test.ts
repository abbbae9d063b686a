import type { TokensView } from "@holdfast/contracts/api/sessions";
import { jsonClient } from "@holdfast/testkit/services/json-client";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthWorld, bearer, startAuthWorld, usualPassword as password } from "../auth-world.fixture.ts";
import { readConfig } from "../config.ts";
import { startAuth } from "../service.ts";

const admin = { email: "root@example.com", password: "granite-lamp-77-river" };

let world: AuthWorld;

beforeAll(async () => {
  world = await startAuthWorld({ ADMIN_EMAIL: "Root@Example.com", ADMIN_PASSWORD: admin.password });
});

afterAll(() => world?.[Symbol.asyncDispose]());

const logIn = (body: unknown) => world.client("POST /v1/sessions", { body });
/** Everything but what differs with each answer. */
function unmarked(body: unknown) {
  const { traceId: _, ...rest } = body as Record<string, unknown>;
  return rest;
}

describe("logging in", () => {
  test("gives an access token after RFC 9068 that lives five minutes, and is not to be stored on its way", async () => {
    const person = await world.add();
    const { status, body, headers } = await logIn({ email: person.email.toUpperCase(), password });
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    const { accessToken, ...rest } = body as TokensView;
    expect(rest).toMatchObject({
      tokenType: "Bearer",
      expiresInSeconds: 300,
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      user: { userId: person.userId },
    });
    expect(decodeProtectedHeader(accessToken)).toEqual({
      alg: "EdDSA",
      typ: "at+jwt",
      kid: expect.any(String),
    });
    const claims = decodeJwt(accessToken);
    expect(claims).toMatchObject({
      iss: "https://holdfast.test",
      aud: "holdfast",
      sub: person.userId,
      roles: ["customer"],
      sid: expect.stringMatching(/^ses_/),
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: (claims.iat ?? 0) + 300,
    });
  });

  test("answers a wrong password and an unknown address alike", async () => {
    const person = await world.add();
    const wrong = await logIn({ email: person.email, password: "velvet-orbit-42-canyoN" });
    const unknown = await logIn({ email: "nobody@example.com", password });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body).toMatchObject({ code: "auth/credentials-wrong" });
    expect(unmarked(unknown.body)).toEqual(unmarked(wrong.body));
  });

  test("brings a hash with other parameters up to date, and leaves one of today's alone", async () => {
    const person = await world.add();
    const hash = async () => {
      const query = world.db.selectFrom("users").select("password_hash").where("id", "=", person.userId);
      return (await query.executeTakeFirstOrThrow()).password_hash;
    };
    const before = await hash();
    await world.logIn(person);
    expect(await hash()).toBe(before);

    await using other = await startAuth(readConfig({ ...world.environment, PASSWORD_HASHING: "owasp" }));
    const logInThere = () =>
      jsonClient(`http://127.0.0.1:${other.port}`)("POST /v1/sessions", {
        body: { email: person.email, password },
      });
    expect((await logInThere()).status).toBe(201);
    const renewed = await hash();
    expect(renewed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await logInThere()).status).toBe(201);
    expect(await hash()).toBe(renewed);
  });
});

describe("the caller's own account", () => {
  test("is shown to whoever holds its token", async () => {
    const { tokens, userId, email, name } = await world.signedIn();
    const { status, body } = await world.as(tokens.accessToken, "GET /v1/me");
    expect(status).toBe(200);
    expect(body).toMatchObject({ userId, email, name });
  });

  test("takes another name, and nothing else with it", async () => {
    const { tokens } = await world.signedIn();
    const changed = await world.as(tokens.accessToken, "PATCH /v1/me", { name: " Ana Lima " });
    expect(changed.body).toMatchObject({ name: "Ana Lima" });
    for (const smuggled of [
      { roles: ["admin"] },
      { email: "x@example.com" },
      { status: "closed" },
      { userId: "x" },
    ]) {
      const { status } = await world.as(tokens.accessToken, "PATCH /v1/me", { name: "Eve", ...smuggled });
      expect(status).toBe(400);
    }
    expect((await world.as(tokens.accessToken, "GET /v1/me")).body).toEqual(changed.body);
  });

  test.each([
    [{}, "auth/token-missing"],
    [bearer("nonsense"), "auth/token-invalid"],
  ])("is refused to %j", async (headers: Record<string, string>, code) => {
    const { status, body } = await world.client("GET /v1/me", { headers });
    expect(status).toBe(401);
    expect(body).toMatchObject({ code });
  });
});

describe("the first administrator", () => {
  test("can log in, and is not made again by the next start", async () => {
    const { user } = await world.logIn(admin);
    expect(user.roles).toEqual(["admin"]);
    await using second = await startAuth(readConfig({ ...world.environment }));
    const again = await jsonClient(`http://127.0.0.1:${second.port}`)("POST /v1/sessions", { body: admin });
    expect(again.body).toMatchObject({ user: { userId: user.userId } });
  });
});
