import type { TokensView } from "@holdfast/contracts/api/sessions";
import type { UserView } from "@holdfast/contracts/api/accounts";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { userRegistered } from "@holdfast/contracts/events/auth";
import { type EventLog, readEventLog } from "@holdfast/testkit/services/event-log";
import { type JsonClient, jsonClient } from "@holdfast/testkit/services/json-client";
import { type ServicePlatform, startServicePlatform } from "@holdfast/testkit/services/service-platform";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authSettings } from "../auth-settings.fixture.ts";
import { readConfig } from "../config.ts";
import { startAuth } from "../service.ts";

const password = "velvet-orbit-42-canyon";
const admin = { email: "root@example.com", password: "granite-lamp-77-river" };

let platform: ServicePlatform;
let auth: Awaited<ReturnType<typeof startAuth>>;
let client: JsonClient;
let events: EventLog;

const start = () =>
  startAuth(
    readConfig({
      ...platform.environment,
      ...authSettings,
      ADMIN_EMAIL: "Root@Example.com",
      ADMIN_PASSWORD: admin.password,
    }),
  );

beforeAll(async () => {
  platform = await startServicePlatform("auth");
  auth = await start();
  client = jsonClient(`http://127.0.0.1:${auth.port}`);
  events = await readEventLog(platform.servers.nats, "auth");
});

afterAll(async () => {
  await events?.[Symbol.asyncDispose]();
  await auth?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

let people = 0;
const somebody = () => ({ email: `guest${(people += 1)}@example.com`, password, name: "Ana Silva" });
const register = (body: unknown) => client("POST /v1/users", { body });
const logIn = (body: unknown) => client("POST /v1/sessions", { body });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function registered() {
  const person = somebody();
  const { body } = await register(person);
  return { ...person, user: body as UserView };
}

async function loggedIn() {
  const person = await registered();
  const { body } = await logIn({ email: person.email, password });
  return { ...person, tokens: body as TokensView };
}

describe("registering", () => {
  test("makes a customer, and announces them by id and roles alone", async () => {
    const person = somebody();
    const { status, body } = await register(person);
    expect(status).toBe(201);
    const user = body as UserView;
    expect(user).toEqual({
      userId: expect.stringMatching(/^usr_/),
      email: person.email,
      name: person.name,
      roles: ["customer"],
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });

    const [event] = await events.about(userRegistered, user.userId);
    expect(envelopeSchema(userRegistered).parse(event)).toMatchObject({
      source: "/services/auth",
      aggregateversion: 1,
      data: { userId: user.userId, roles: ["customer"] },
    });
    expect(JSON.stringify(event)).not.toMatch(/Silva|example\.com/);
  });

  test("makes a vendor on request", async () => {
    const { body } = await register({ ...somebody(), role: "vendor" });
    expect(body).toMatchObject({ roles: ["vendor"] });
  });

  test("keeps the trace it is part of", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const { body } = await client("POST /v1/users", { body: somebody(), headers });
    const [event] = await events.about(userRegistered, (body as UserView).userId);
    expect(event?.traceparent).toContain(traceId);
  });

  test("refuses an address that is taken, however it is spelled", async () => {
    const person = await registered();
    for (const email of [person.email, person.email.toUpperCase()]) {
      const { status, body } = await register({ ...somebody(), email });
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: "auth/email-taken" });
    }
  });

  test("of many at once with one address exactly one succeeds", async () => {
    const person = somebody();
    const answers = await Promise.all(Array.from({ length: 12 }, () => register(person)));
    const answered = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    expect([answered(201), answered(409)]).toEqual([1, 11]);
  });

  test.each([
    ["password1234", "common"],
    ["aaaaaaaaaaaaa", "repetitive"],
    ["abcdefghijklm", "sequential"],
    ["weak.person-42", "contains-email"],
  ])("refuses the password %s, saying why", async (weak, reason) => {
    const { status, body } = await register({ email: "weak.person@example.com", name: "W", password: weak });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "auth/password-too-weak", reason });
  });

  test.each([
    ["role", { role: "admin" }],
    ["role", { role: "service" }],
    ["roles", { roles: ["admin"] }],
    ["isAdmin", { isAdmin: true }],
  ])("refuses a smuggled %s", async (field, smuggled) => {
    const person = somebody();
    const { status, body } = await register({ ...person, ...smuggled });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "request/invalid" });
    expect(JSON.stringify(body)).toContain(field);
    expect((await logIn({ email: person.email, password })).status).toBe(401);
  });

  test("names everything that is wrong at once", async () => {
    const { status, body } = await register({ email: "nobody", password: "short", name: " " });
    expect(status).toBe(400);
    const { errors } = body as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).toSorted()).toEqual(["email", "name", "password"]);
  });
});

describe("logging in", () => {
  test("gives an access token after RFC 9068 that lives five minutes, and is not to be stored on its way", async () => {
    const person = await registered();
    const { status, body, headers } = await logIn({ email: person.email.toUpperCase(), password });
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    const { accessToken, ...rest } = body as TokensView;
    expect(rest).toEqual({
      tokenType: "Bearer",
      expiresInSeconds: 300,
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      user: person.user,
    });
    expect(decodeProtectedHeader(accessToken)).toEqual({
      alg: "EdDSA",
      typ: "at+jwt",
      kid: expect.any(String),
    });
    const claims = decodeJwt(accessToken);
    expect(claims).toEqual({
      iss: "https://holdfast.test",
      aud: "holdfast",
      sub: person.user.userId,
      roles: ["customer"],
      sid: expect.stringMatching(/^ses_/),
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: (claims.iat ?? 0) + 300,
    });
  });

  test("answers a wrong password and an unknown address alike", async () => {
    const person = await registered();
    const wrong = await logIn({ email: person.email, password: "velvet-orbit-42-canyoN" });
    const unknown = await logIn({ email: "nobody@example.com", password });
    const { traceId: one, ...wrongBody } = wrong.body as Record<string, unknown>;
    const { traceId: other, ...unknownBody } = unknown.body as Record<string, unknown>;
    expect(wrong.status).toBe(401);
    expect(unknown.status).toBe(401);
    expect(wrongBody).toMatchObject({ code: "auth/credentials-wrong" });
    expect(unknownBody).toEqual(wrongBody);
    expect(one).not.toBe(other);
  });
});

describe("the caller's own account", () => {
  test("is shown to whoever holds its token", async () => {
    const { tokens, user } = await loggedIn();
    const { status, body } = await client("GET /v1/me", { headers: bearer(tokens.accessToken) });
    expect(status).toBe(200);
    expect(body).toEqual(user);
  });

  test.each([
    [{}, "auth/token-missing"],
    [{ authorization: "Bearer nonsense" }, "auth/token-invalid"],
  ])("is refused to %j", async (headers: Record<string, string>, code) => {
    const { status, body } = await client("GET /v1/me", { headers });
    expect(status).toBe(401);
    expect(body).toMatchObject({ code });
  });
});

describe("the first administrator", () => {
  test("can log in, and is not made again by the next start", async () => {
    const { body } = await logIn(admin);
    const { user } = body as TokensView;
    expect(user.roles).toEqual(["admin"]);
    await using second = await start();
    const again = await jsonClient(`http://127.0.0.1:${second.port}`)("POST /v1/sessions", { body: admin });
    expect(again.body).toMatchObject({ user: { userId: user.userId } });
  });
});
