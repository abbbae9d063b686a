import { createClock } from "@holdfast/chassis/clock";
import { createLogger } from "@holdfast/chassis/log";
import type { Role } from "@holdfast/contracts/access";
import { apiKeyRevoked } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";
import { createAccessTokenIssuer } from "../keys/access-tokens.ts";
import { createKeyring } from "../keys/keyring.ts";
import { deriveKey } from "@holdfast/chassis/sealing";
import { exchangeAt, keyOwner, type Made, openExchange, usualKey } from "./key-owner.fixture.ts";

let world: AuthWorld;
let exchange: Awaited<ReturnType<typeof openExchange>>["exchange"];
let works: Awaited<ReturnType<typeof openExchange>>["works"];
beforeAll(async () => {
  world = await startAuthWorld();
  ({ exchange, works } = await openExchange(world));
});
afterAll(() => world?.[Symbol.asyncDispose]());

const owner = (of: { roles?: Role[] } = {}) => keyOwner(world, of);

describe("making a key", () => {
  test("shows it once, keeps its hash alone, tells its owner by mail and the audit log", async () => {
    const me = await owner();
    const { apiKey, key } = await me.made({ ...usualKey, name: "  Channel manager " });
    expect(apiKey).toEqual({
      keyId: expect.stringMatching(/^key_/),
      name: "Channel manager",
      prefix: key.slice(0, 12),
      scopes: usualKey.scopes,
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
    const past = await me.make({ ...usualKey, expiresAt: "2020-01-01T00:00:00Z" });
    expect([past.status, past.body]).toMatchObject([422, { code: "auth/expiry-passed" }]);
    for (const body of [
      { ...usualKey, scopes: ["api-key:manage:own"] },
      { ...usualKey, scopes: ["booking:read:own", "booking:read:own"] },
      { ...usualKey, scopes: [] },
      { ...usualKey, userId: newId("usr") },
      { ...usualKey, name: " " },
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
    expect((await world.as(replica.token, "POST /v1/api-keys", usualKey)).body).toMatchObject({
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
  const sealingKey = deriveKey(KEY_ENCRYPTION_SECRET!, "auth/signing-keys");
  const keyring = await createKeyring({ ...parts, log: createLogger("test", "silent") }, sealingKey, {
    rotateAfterMs: 86_400_000,
  });
  const issuer = createAccessTokenIssuer({ keyring, issuer: TOKEN_ISSUER!, audience: TOKEN_AUDIENCE! });
  return { keyring, issuer };
}

describe("rotating a key", () => {
  const at = (key: string, now: Temporal.Instant) => exchangeAt(world, key, now);

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
    const { key, apiKey } = await me.made({ ...usualKey, expiresAt: expiresAt.toString() });
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
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 404]);
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
