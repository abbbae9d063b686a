import { createClock } from "@holdfast/chassis/clock";
import { type Permission, permissionsByRole, type Role, scopes } from "@holdfast/contracts/access";
import { publicEndpoints } from "@holdfast/contracts/api/all";
import { writeApiKey } from "@holdfast/contracts/api-key-format";
import { newId } from "@holdfast/contracts/ids";
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";
import { exchangeApiKey } from "./exchange-api-key.ts";
import { exchangeAt, keyOwner, openExchange, usualKey } from "./key-owner.fixture.ts";

let world: AuthWorld;
let exchange: Awaited<ReturnType<typeof openExchange>>["exchange"];
let works: Awaited<ReturnType<typeof openExchange>>["works"];
beforeAll(async () => {
  world = await startAuthWorld();
  ({ exchange, works } = await openExchange(world));
});
afterAll(() => world?.[Symbol.asyncDispose]());

const owner = (of: { roles?: Role[] } = {}) => keyOwner(world, of);

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
      scope: usualKey.scopes.join(" "),
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
  const use = () => exchangeAt(world, key, now);
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
