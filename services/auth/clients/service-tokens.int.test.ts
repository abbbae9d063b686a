import { newId } from "@holdfast/contracts/ids";
import type { JsonClient } from "@holdfast/testkit/services/json-client";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authSettings } from "../auth-settings.fixture.ts";
import { type AuthWorld, bearer, startAuthWorld } from "../auth-world.fixture.ts";

const clientSecret = authSettings.NOTIFICATION_CLIENT_SECRET;

let world: AuthWorld;
let client: JsonClient;

beforeAll(async () => {
  world = await startAuthWorld();
  client = world.client;
});

afterAll(() => world?.[Symbol.asyncDispose]());

describe("services", () => {
  const ask = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${world.url}/v1/oauth/token`, {
      method: "POST",
      headers,
      body: new URLSearchParams({ grant_type: "client_credentials", ...fields }),
    });
  const serviceToken = async () => {
    const response = await ask({ client_id: "notification", client_secret: clientSecret });
    return (await response.json()) as { access_token: string };
  };
  const contacts = (headers: Record<string, string>, userIds: string[]) =>
    client("POST /internal/contacts", { body: { userIds }, headers });

  test("get a token in their own name, with the role service and no session", async () => {
    const response = await ask({ client_id: "notification", client_secret: clientSecret });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const body = (await response.json()) as { access_token: string };
    expect(body).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 300 });
    const claims = decodeJwt(body.access_token);
    expect(claims).toMatchObject({ sub: "svc:notification", roles: ["service"] });
    expect(claims).not.toHaveProperty("sid");
  });

  test("may name themselves in the Authorization header instead", async () => {
    const authorization = `Basic ${Buffer.from(`notification:${clientSecret}`).toString("base64")}`;
    expect((await ask({}, { authorization })).status).toBe(200);
  });

  test.each([
    ["notification", "wrong-secret"],
    ["notification", "gateway-client-secret"],
    ["nobody", clientSecret],
  ])("%s with %s gets none", async (client_id, client_secret) => {
    const response = await ask({ client_id, client_secret });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Basic/);
    expect(await response.json()).toMatchObject({ code: "auth/client-invalid", error: "invalid_client" });
  });

  test("refuses another grant type in RFC 6749's words", async () => {
    const response = await ask({
      grant_type: "password",
      client_id: "notification",
      client_secret: clientSecret,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "request/invalid", error: "unsupported_grant_type" });
  });

  test("learn the addresses of those who exist", async () => {
    const { access_token } = await serviceToken();
    const [one, other] = [await world.add(), await world.add()];
    const userIds = [one.userId, newId("usr"), other.userId, one.userId];
    const { status, body } = await contacts(bearer(access_token), userIds);
    expect(status).toBe(200);
    const found = (body as { contacts: { userId: string }[] }).contacts;
    expect(found.toSorted((a, b) => a.userId.localeCompare(b.userId))).toEqual(
      [one, other].map(({ userId, email, name }) => ({ userId, email, name })),
    );
  });

  test("alone learn them: a person's token is refused, and no token too", async () => {
    const { tokens, userId } = await world.signedIn();
    expect((await contacts(bearer(tokens.accessToken), [userId])).status).toBe(403);
    expect((await contacts({}, [userId])).status).toBe(401);
  });

  test("ask for a bounded number at once", async () => {
    const { access_token } = await serviceToken();
    const userIds = Array.from({ length: 501 }, () => newId("usr"));
    expect((await contacts(bearer(access_token), userIds)).status).toBe(400);
  });

  test("may not do what people may", async () => {
    const { access_token } = await serviceToken();
    expect((await client("GET /v1/me", { headers: bearer(access_token) })).status).toBe(403);
  });
});
