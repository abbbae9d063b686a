import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from "jose";
import { createClock } from "@holdfast/chassis/clock";
import { createLogger } from "@holdfast/chassis/log";
import { type Permission, type Role, permissionsByRole, scopes } from "@holdfast/contracts/access";
import type { ApiKeyView } from "@holdfast/contracts/api/api-keys";
import { publicEndpoints } from "@holdfast/contracts/api/all";
import { writeApiKey } from "@holdfast/contracts/api-key-format";
import { apiKeyRevoked } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthWorld, bearer, serviceToken, startAuthWorld } from "../auth-world.fixture.ts";
import { createAccessTokenIssuer } from "../keys/access-tokens.ts";
import { createKeyring } from "../keys/keyring.ts";
import { deriveKey } from "../keys/sealing.ts";
import { exchangeApiKey } from "./exchange-api-key.ts";

interface Made {
  readonly apiKey: ApiKeyView;
  readonly key: string;
}

let world: AuthWorld;
let gatewayToken: string;
beforeAll(async () => {
  world = await startAuthWorld();
  gatewayToken = await serviceToken(world.url, "gateway");
});
afterAll(() => world?.[Symbol.asyncDispose]());

const wanted = { name: "Channel manager", scopes: ["booking:read:own", "booking:create:own"] };
const exchange = async (key: string) => {
  const { status, body } = await world.client("POST /internal/api-keys/exchange", {
    body: { key },
    headers: bearer(gatewayToken),
  });
  expect(status).toBe(200);
  return body as { accessToken: string | null; expiresInSeconds: number };
};
const works = async (key: string) => (await exchange(key)).accessToken !== null;

/** Somebody signed in, and what they do with keys. */
async function owner(of: { roles?: Role[] } = {}) {
  const account = await world.signedIn(of);
  const token = account.tokens.accessToken;
  return {
    ...account,
    token,
    make: (body: object = wanted) => world.as(token, "POST /v1/api-keys", body),
    made: async (body: object = wanted) => {
      const answered = await world.as(token, "POST /v1/api-keys", body);
      expect(answered.status).toBe(201);
      return answered.body as Made;
    },
    list: async () => {
      const { body } = await world.as(token, "GET /v1/api-keys");
      return (body as { items: ApiKeyView[] }).items;
    },
    rotate: (keyId: string, hours: number) =>
      world.as(token, `POST /v1/api-keys/${keyId}/rotations`, { previousWorksForHours: hours }),
    revoke: (keyId: string) => world.as(token, `DELETE /v1/api-keys/${keyId}`),
    audited: async () => {
      const rows = await world.db
        .selectFrom("audit_log")
        .select(["action", "targets"])
        .where("actor", "=", account.userId)
        .where("kind", "=", "account")
        .orderBy("id")
        .execute();
      return rows.filter(({ action }) => action.endsWith("ApiKey"));
    },
  };
}

describe("making a key", () => {
  test("shows it once, keeps its hash alone, tells its owner by mail and the audit log", async () => {
    const me = await owner();
    const { apiKey, key } = await me.made({ ...wanted, name: "  Channel manager " });
    expect(apiKey).toEqual({
      keyId: expect.stringMatching(/^key_/),
      name: "Channel manager",
      prefix: key.slice(0, 12),
      scopes: wanted.scopes,
      createdAt: expect.any(String),
      expiresAt: null,
      lastUsedAt: null,
      previousWorksUntil: null,
    });
    expect(await me.list()).toEqual([apiKey]);
    const stored = await world.db.selectFrom("api_keys").selectAll().where("id", "=", apiKey.keyId).execute();
    expect(JSON.stringify(stored)).not.toContain(key.slice(12));
    const [mail] = await world.mailsTo(me.email, "api-key-created");
    expect(mail).toMatchObject({ token: null, facts: { name: "Channel manager" } });
    expect(await me.audited()).toEqual([{ action: "createApiKey", targets: [apiKey.keyId] }]);
  });

  test("gives no key what its owner does not hold, and a vendor's member what vendors hold", async () => {
    const me = await owner();
    const vendorScopes = { name: "Desk", scopes: ["booking:read:own", "booking:manage:own"] };
    const refused = await me.make(vendorScopes);
    expect([refused.status, refused.body]).toMatchObject([422, { code: "auth/scope-not-held" }]);
    expect((refused.body as { detail: string }).detail).toContain("booking:manage:own");
    await world.db
      .insertInto("vendor_members")
      .values({ vendor_id: newId("vnd"), user_id: me.userId, role: "staff", version: 1 })
      .execute();
    const { key } = await me.made(vendorScopes);
    const { accessToken } = await exchange(key);
    expect(decodeJwt(accessToken!)["roles"]).toEqual(["customer", "vendor"]);

    await world.db
      .updateTable("vendor_members")
      .set({ role: null })
      .where("user_id", "=", me.userId)
      .execute();
    expect(decodeJwt((await exchange(key)).accessToken!)["roles"]).toEqual(["customer"]);
    expect((await me.make(vendorScopes)).status).toBe(422);
  });

  test("refuses an expiry that is past, a scope that no key can have, one twice, and members it does not know", async () => {
    const me = await owner();
    const past = await me.make({ ...wanted, expiresAt: "2020-01-01T00:00:00Z" });
    expect([past.status, past.body]).toMatchObject([422, { code: "auth/expiry-passed" }]);
    for (const body of [
      { ...wanted, scopes: ["api-key:manage:own"] },
      { ...wanted, scopes: ["booking:read:own", "booking:read:own"] },
      { ...wanted, scopes: [] },
      { ...wanted, userId: newId("usr") },
      { ...wanted, name: " " },
    ]) {
      expect((await me.make(body)).status, JSON.stringify(body)).toBe(400);
    }
    expect(await me.list()).toEqual([]);
  });

  test("lets 25 keys of an account work at a time, however many are asked for at once", async () => {
    const me = await owner();
    const answers = await Promise.all(Array.from({ length: 30 }, () => me.make()));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ body }) => (body as { code: string }).code)).toEqual(
      Array.from({ length: 5 }, () => "auth/too-many-api-keys"),
    );
    const keys = await me.list();
    expect(keys).toHaveLength(25);
    expect((await me.revoke(keys[0]!.keyId)).status).toBe(204);
    expect((await me.make()).status).toBe(201);
  });

  test("asks whoever signed in a while ago to prove who they are again", async () => {
    const me = await owner();
    await using replica = await someMinutesLater(me.userId);
    expect((await world.as(replica.token, "POST /v1/api-keys", wanted)).body).toMatchObject({
      code: "auth/step-up-needed",
    });
    expect((await world.as(replica.token, "GET /v1/api-keys")).status).toBe(200);
  });
});

/** A token of the account whose owner signed in six minutes ago. */
async function someMinutesLater(userId: `usr_${string}`) {
  const now = createClock({ test: false }).machineNow();
  const { keyring, issuer } = await openIssuer();
  const token = await issuer.issue({
    subject: userId,
    roles: ["customer"],
    sessionId: newId("ses"),
    authenticatedAt: now.subtract({ minutes: 6 }),
    tokenId: "t",
    issuedAt: now,
  });
  return { token, [Symbol.asyncDispose]: () => keyring[Symbol.asyncDispose]() };
}

async function openIssuer() {
  const { KEY_ENCRYPTION_SECRET, TOKEN_ISSUER, TOKEN_AUDIENCE } = world.environment;
  const parts = { db: world.db, transact: world.transact, clock: createClock({ test: false }) };
  const sealingKey = deriveKey(KEY_ENCRYPTION_SECRET!, "signing-keys");
  const keyring = await createKeyring({ ...parts, log: createLogger("test", "silent") }, sealingKey, {
    rotateAfterMs: 86_400_000,
  });
  const issuer = createAccessTokenIssuer({ keyring, issuer: TOKEN_ISSUER!, audience: TOKEN_AUDIENCE! });
  return { keyring, issuer };
}

describe("the token a key is exchanged for", () => {
  test("speaks for the owner, with the key's scopes, without a session, for five minutes", async () => {
    const me = await owner();
    const { apiKey, key } = await me.made();
    const { accessToken, expiresInSeconds } = await exchange(key);
    expect(expiresInSeconds).toBe(300);
    const { body } = await world.client("GET /.well-known/jwks.json");
    const { payload } = await jwtVerify(accessToken!, createLocalJWKSet(body as JSONWebKeySet), {
      typ: "at+jwt",
    });
    expect(payload).toEqual({
      iss: world.environment["TOKEN_ISSUER"],
      aud: world.environment["TOKEN_AUDIENCE"],
      sub: me.userId,
      roles: ["customer"],
      key_id: apiKey.keyId,
      scope: wanted.scopes.join(" "),
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: payload.iat! + 300,
    });
  });

  test("opens nothing of the account itself, whatever its scopes", async () => {
    const admin = await owner({ roles: ["admin"] });
    const { key, apiKey } = await admin.made({ name: "All", scopes: [...scopes] });
    const { accessToken } = await exchange(key);
    const closed = publicEndpoints.filter(
      ({ service, access }) => service === "auth" && access !== "public" && access !== "service",
    );
    expect(closed.length).toBeGreaterThan(10);
    const answers: Record<string, string> = {};
    for (const { method, path } of closed) {
      const at = path.replace("{keyId}", apiKey.keyId).replaceAll(/\{\w+\}/g, newId("usr"));
      const { body } = await world.as(accessToken!, `${method.toUpperCase() as "GET"} ${at as "/"}`);
      answers[`${method} ${path}`] = (body as { code: string }).code;
    }
    expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((one) => [one, "auth/forbidden"])));
    const own: readonly Permission[] = permissionsByRole.customer.filter((one) =>
      /^(session|profile|api-key):/.test(one),
    );
    expect(own.length).toBeGreaterThan(2);
    expect(scopes.filter((scope) => own.includes(scope))).toEqual([]);
  });

  test("is dated so that a change of the owner's roles right before does not refuse it", async () => {
    const me = await owner();
    const { key } = await me.made();
    const changedAt = createClock({ test: false }).machineNow();
    await world.db
      .updateTable("users")
      .set({ tokens_from: changedAt.toString(), roles: ["customer", "support"] })
      .where("id", "=", me.userId)
      .execute();
    const claims = decodeJwt((await exchange(key)).accessToken!);
    expect(claims.iat! * 1_000).toBeGreaterThan(changedAt.epochMilliseconds);
    expect(claims["roles"]).toEqual(["customer", "support"]);
  });

  test("is given to services alone", async () => {
    const me = await owner();
    const { key } = await me.made();
    const refused = await world.as(me.token, "POST /internal/api-keys/exchange", { key });
    expect(refused.status).toBe(403);
    expect((await world.client("POST /internal/api-keys/exchange", { body: { key } })).status).toBe(401);
  });

  test.each(["suspended", "closed"] as const)("is given to no account that is %s", async (status) => {
    const me = await owner();
    const { key } = await me.made();
    expect(await works(key)).toBe(true);
    await world.db.updateTable("users").set({ status }).where("id", "=", me.userId).execute();
    expect(await works(key)).toBe(false);
  });

  test("is given to no account that was erased", async () => {
    const me = await owner();
    const { key } = await me.made();
    const erased = { email: null, name: "", erased_at: createClock({ test: false }).machineNow().toString() };
    await world.db.updateTable("users").set(erased).where("id", "=", me.userId).execute();
    expect(await works(key)).toBe(false);
  });
});

test("keys that nobody made are refused, and one that cannot be a key without a query", async () => {
  expect(await works(writeApiKey("AAAAAAAA", "A".repeat(43)))).toBe(false);
  const { key } = await (await owner()).made();
  const noDatabase = new Proxy({}, { get: () => expect.unreachable("it was looked up") });
  const deps = { db: noDatabase, clock: createClock({ test: false }), accessTokens: noDatabase };
  const mistyped = `${key.slice(0, 30)}${key[30] === "x" ? "y" : "x"}${key.slice(31)}`;
  expect(await exchangeApiKey(deps as never, mistyped)).toEqual({ accessToken: null, expiresInSeconds: 0 });
});

test("notes to the minute when a key was last used, and writes no more than once a minute", async () => {
  const me = await owner();
  const { key, apiKey } = await me.made();
  const row = () =>
    world.db
      .selectFrom("api_keys")
      .select(["last_used_at"])
      .select((eb) => eb.ref("xmin" as never).as("version"))
      .where("id", "=", apiKey.keyId)
      .executeTakeFirstOrThrow();
  let now = Temporal.Instant.from("2030-01-01T10:00:20Z");
  const accessTokens = { issue: () => Promise.resolve("token") };
  const use = () =>
    exchangeApiKey(
      { db: world.db, clock: { ...createClock({ test: false }), machineNow: () => now }, accessTokens },
      key,
    );
  await use();
  const first = await row();
  expect(Temporal.Instant.from(first.last_used_at!).toString()).toBe("2030-01-01T10:00:00Z");
  now = now.add({ seconds: 39 });
  await Promise.all([use(), use()]);
  expect(await row()).toEqual(first);
  now = now.add({ seconds: 1 });
  await use();
  expect(Temporal.Instant.from((await row()).last_used_at!).toString()).toBe("2030-01-01T10:01:00Z");
});

describe("rotating a key", () => {
  const at = (key: string, now: Temporal.Instant) =>
    exchangeApiKey(
      {
        db: world.db,
        clock: { ...createClock({ test: false }), machineNow: () => now },
        accessTokens: { issue: () => Promise.resolve("token") },
      },
      key,
    );

  test("the one before works for the hours said, and not a moment longer", async () => {
    const me = await owner();
    const first = await me.made();
    const { status, body } = await me.rotate(first.apiKey.keyId, 2);
    const second = body as Made;
    expect(status).toBe(201);
    expect(second.apiKey).toMatchObject({ keyId: first.apiKey.keyId, scopes: first.apiKey.scopes });
    expect(second.apiKey.prefix).toBe(second.key.slice(0, 12));
    const end = Temporal.Instant.from(second.apiKey.previousWorksUntil!);
    expect(await works(first.key)).toBe(true);
    expect(await works(second.key)).toBe(true);
    expect(await at(first.key, end.subtract({ seconds: 10 }))).toEqual({
      accessToken: "token",
      expiresInSeconds: 10,
    });
    expect(await at(first.key, end)).toEqual({ accessToken: null, expiresInSeconds: 0 });
    expect(await at(second.key, end)).toEqual({ accessToken: "token", expiresInSeconds: 300 });
    expect((await me.audited()).map(({ action }) => action)).toEqual(["createApiKey", "rotateApiKey"]);
  });

  test("twice within those hours leaves the last two; with none, the last alone", async () => {
    const me = await owner();
    const first = await me.made();
    const { keyId } = first.apiKey;
    const second = (await me.rotate(keyId, 24)).body as Made;
    const third = (await me.rotate(keyId, 24)).body as Made;
    expect(await Promise.all([first, second, third].map(({ key }) => works(key)))).toEqual([
      false,
      true,
      true,
    ]);
    const fourth = (await me.rotate(keyId, 0)).body as Made;
    expect(fourth.apiKey.previousWorksUntil).toBeNull();
    expect(await Promise.all([second, third, fourth].map(({ key }) => works(key)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("and its end stay the same: an expired key works no longer, nor can it be rotated", async () => {
    const me = await owner();
    const expiresAt = createClock({ test: false }).machineNow().add({ hours: 1 }).round("second");
    const { key, apiKey } = await me.made({ ...wanted, expiresAt: expiresAt.toString() });
    expect(Temporal.Instant.from(apiKey.expiresAt!).epochMilliseconds).toBe(expiresAt.epochMilliseconds);
    expect(await at(key, expiresAt.subtract({ seconds: 1 }))).toMatchObject({ expiresInSeconds: 1 });
    expect((await at(key, expiresAt)).accessToken).toBeNull();
    const past = "2020-01-01T00:00:00Z";
    await world.db.updateTable("api_keys").set({ expires_at: past }).where("id", "=", apiKey.keyId).execute();
    expect(await me.list()).toEqual([]);
    expect((await me.rotate(apiKey.keyId, 1)).body).toMatchObject({ code: "auth/api-key-not-found" });
  });
});

describe("revoking a key", () => {
  test("ends it with the one before, tells everybody, and happens once", async () => {
    const me = await owner();
    const first = await me.made();
    const { keyId } = first.apiKey;
    const second = (await me.rotate(keyId, 24)).body as Made;
    const answers = await Promise.all([me.revoke(keyId), me.revoke(keyId)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404]);
    expect(await works(first.key)).toBe(false);
    expect(await works(second.key)).toBe(false);
    expect(await me.list()).toEqual([]);
    const revocation = world.db.selectFrom("revocations").select("kind").where("id", "=", keyId);
    expect(await revocation.execute()).toEqual([{ kind: "key" }]);
    const [told] = await world.events.about(apiKeyRevoked, keyId);
    expect(told?.data).toEqual({ keyId, userId: me.userId });
    expect((await me.audited()).map(({ action }) => action)).toEqual([
      "createApiKey",
      "rotateApiKey",
      "revokeApiKey",
    ]);
  });

  test("is for its owner: to others it is not there, and works on", async () => {
    const [me, stranger] = [await owner(), await owner({ roles: ["admin"] })];
    const { key, apiKey } = await me.made();
    for (const refused of [await stranger.revoke(apiKey.keyId), await stranger.rotate(apiKey.keyId, 1)]) {
      expect([refused.status, refused.body]).toMatchObject([404, { code: "auth/api-key-not-found" }]);
    }
    expect(await stranger.list()).toEqual([]);
    expect(await works(key)).toBe(true);
  });
});
