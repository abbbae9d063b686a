import type { SigningKeyView } from "@holdfast/contracts/api/signing-keys";
import { until } from "@holdfast/testkit/until";
import { decodeProtectedHeader, type JSONWebKeySet } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const rotations = "POST /v1/operations/signing-keys/rotations";
const published = async () => {
  const { body, headers } = await world.client("GET /.well-known/jwks.json");
  expect(headers.get("cache-control")).toBe("public, max-age=300");
  return (body as JSONWebKeySet).keys.map(({ kid }) => kid);
};

test("an administrator makes the next key, which all see before it signs; a second one has to wait; nobody else may", async () => {
  const admin = await world.signedIn({ roles: ["admin"] });
  const { accessToken } = admin.tokens;
  const before = await published();
  for (const roles of [["customer"], ["vendor"], ["support"]] as const) {
    const other = await world.signedIn({ roles: [...roles] });
    const refused = await world.as(other.tokens.accessToken, rotations, { reason: "compromised" });
    expect([refused.status, refused.body]).toMatchObject([403, { code: "auth/forbidden" }]);
  }
  const { status, body } = await world.as(accessToken, rotations, { reason: "routine" });
  const made = body as SigningKeyView;
  expect([status, made.state]).toEqual([201, "published"]);
  expect(await published()).toEqual([made.kid, ...before]);
  const signedNow = decodeProtectedHeader((await world.logIn(admin)).accessToken);
  expect(signedNow.kid).toBe(before[0]);
  const again = await world.as(accessToken, rotations, { reason: "routine" });
  expect([again.status, again.body]).toMatchObject([409, { code: "auth/rotation-too-soon" }]);
  const listed = await world.as(accessToken, "GET /v1/operations/signing-keys");
  expect((listed.body as { items: SigningKeyView[] }).items.map(({ state }) => state)).toEqual([
    "published",
    "signing",
  ]);
});

test("after a leak what the old key signed is refused within seconds, and sessions go on with the new one", async () => {
  const admin = await world.signedIn({ roles: ["admin"] });
  const { accessToken, refreshToken } = admin.tokens;
  expect((await world.as(accessToken, "GET /v1/me")).status).toBe(200);
  const { body } = await world.as(accessToken, rotations, { reason: "compromised" });
  const { kid, state } = body as SigningKeyView;
  expect(state).toBe("signing");
  expect(await published()).toEqual([kid]);
  const refused = await until("the old key's token to be refused", async () => {
    const answered = await world.as(accessToken, "GET /v1/me");
    return answered.status === 200 ? undefined : answered;
  });
  expect([refused.status, refused.body]).toMatchObject([401, { code: "auth/token-invalid" }]);
  const refreshed = await world.client("POST /v1/sessions/refresh", { body: { refreshToken } });
  const token = (refreshed.body as { accessToken: string }).accessToken;
  expect(decodeProtectedHeader(token).kid).toBe(kid);
  expect((await world.as(token, "GET /v1/me")).status).toBe(200);
});
