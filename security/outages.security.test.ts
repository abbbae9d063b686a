/** Who is still let in while Redis, NATS or auth is gone, and who is not: the table of docs/architecture.md, tried. */
import { createPrivateKey, sign } from "node:crypto";
import { startPlatform, type Platform } from "@holdfast/testkit/platform/start-platform";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveKey, unseal } from "@holdfast/chassis/sealing";
import { placeOf } from "./place.ts";
import { bearer, send, type Answered } from "./requests.ts";
import { SecurityWorld, type Account } from "./world.ts";

/** Within this a session that was ended is refused everywhere. */
const revocationMs = 5_000;
/** More than any sensitive route takes at once. */
const guesses = 25;

let platform: Platform;
let world: SecurityWorld;
/** Ended while everything was there. */
let revokedToken: string;
let expiredToken: string;
/** One was used a moment ago, the other never. */
let keys: { readonly known: string; readonly unknown: string };
/** Made for one outage: what it refreshes with works once. */
let newcomer: Account;

const own = () => `${world.place.gatewayUrl}/v1/bookings/${world.bookingA}`;

const read = (token: string, url = own()) => send({ method: "get", url, headers: bearer(token) });

const post = (path: string, body: object, token?: string) =>
  send({
    method: "post",
    url: `${world.place.gatewayUrl}${path}`,
    body,
    ...(token === undefined ? {} : { headers: bearer(token) }),
  });

const tokenOf = ({ client }: Account) => client.tokens.accessToken;

async function apiKeyOf(account: Account): Promise<string> {
  const body = { name: "Outage", scopes: ["booking:read:own"] };
  const made = await post("/v1/api-keys", body, tokenOf(account));
  expect(made.status, made.text).toBe(201);
  return (JSON.parse(made.text) as { key: string }).key;
}

const endSession = (token: string) =>
  send({
    method: "delete",
    url: `${world.place.gatewayUrl}/v1/sessions/current`,
    headers: bearer(token),
  });

/** Refused by the service itself and at the gateway? */
async function isRefusedEverywhere(token: string): Promise<boolean> {
  const urls = [world.place.gatewayUrl, world.place.serviceUrls.booking];
  const answers = await Promise.all(urls.map((url) => read(token, `${url}/v1/bookings`)));
  return answers.every(({ status }) => status === 401);
}

const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? "", "base64url").toString()) as Record<string, unknown>;
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A token as auth signs them, whose life is over. */
async function expire(token: string): Promise<string> {
  const [header, claims] = token.split(".").slice(0, 2).map(decode);
  const kid = String(header?.["kid"]);
  const { rows } = await world.sql.query<{ private_key_sealed: Buffer }>(
    "select private_key_sealed from auth.signing_keys where kid = $1",
    [kid],
  );
  const sealing = deriveKey(world.place.secrets.keyEncryptionSecret, "auth/signing-keys");
  const der = unseal(sealing, rows[0]!.private_key_sealed, kid);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const now = Math.floor(Date.now() / 1_000);
  const signed = [header ?? {}, { ...claims, iat: now - 600, exp: now - 60 }].map(encode).join(".");
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

beforeAll(async () => {
  platform = await startPlatform({
    ports: "free",
    rateLimits: true,
    passwordHashing: "quick",
    logLevel: "warn",
    // Nobody is written to.
    services: ["auth", "catalog", "booking", "payment", "gateway"],
  });
  world = await SecurityWorld.make(placeOf(platform));
  const { staff } = world.people;
  const left = await world.newAccount(["customer"]);
  revokedToken = tokenOf(left);
  await endSession(revokedToken);
  await until("the session to be refused", () => isRefusedEverywhere(revokedToken), revocationMs);
  expiredToken = await expire(tokenOf(staff));
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await platform?.stop();
});

type Row = readonly [who: string, tries: () => Promise<Answered>, status: number, code?: string];

/** What is the same whatever is gone. */
function always(): Row[] {
  const { customer, otherCustomer } = world.people;
  return [
    ["a valid token", () => read(tokenOf(customer)), 200],
    ["another guest's token", () => read(tokenOf(otherCustomer)), 404, "booking/not-found"],
    ["a token that was revoked before", () => read(revokedToken), 401, "auth/token-invalid"],
    [
      "the same, sent to the service itself",
      () => read(revokedToken, `${world.place.serviceUrls.booking}/v1/bookings`),
      401,
      "auth/token-invalid",
    ],
    ["a token that has expired", () => read(expiredToken), 401, "auth/token-invalid"],
    ["no token", () => send({ method: "get", url: own() }), 401, "auth/token-missing"],
    ["a guest at an administrator's route", () => verifyAs(customer), 403, "auth/forbidden"],
    ["an API key the gateway knows", () => read(keys.known), 200],
    ["an API key that is none", () => read("hfk_no-such-key"), 401, "auth/token-invalid"],
  ];
}

/** A change by an administrator; the vendor being verified already, it changes nothing but the audit log. */
const verifyAs = (who: Account) => post(`/v1/vendors/${world.vendorA.vendorId}/verify`, {}, tokenOf(who));

function withAuth(): Row[] {
  const { admin } = world.people;
  const { email, password } = newcomer;
  const { refreshToken } = newcomer.client.tokens;
  return [
    ["an API key the gateway does not know", () => read(keys.unknown), 200],
    ["who signs in", () => post("/v1/sessions", { email, password }), 201],
    ["who refreshes", () => post("/v1/sessions/refresh", { refreshToken }), 200],
    ["an administrator", () => verifyAs(admin), 200],
  ];
}

function withoutAuth(): Row[] {
  const { admin } = world.people;
  const { email, password } = newcomer;
  const { refreshToken } = newcomer.client.tokens;
  return [
    ["an API key the gateway does not know", () => read(keys.unknown), 503, "service/unavailable"],
    ["who signs in", () => post("/v1/sessions", { email, password }), 503, "service/unavailable"],
    ["who refreshes", () => post("/v1/sessions/refresh", { refreshToken }), 503, "service/unavailable"],
    ["an administrator, whose act cannot be written down", () => verifyAs(admin), 503, "audit/unavailable"],
  ];
}

async function expectTable(rows: readonly Row[]): Promise<void> {
  const seen: unknown[] = [];
  for (const [who, tries] of rows) {
    const { status, code } = await tries();
    seen.push([who, status, code]);
  }
  expect(seen).toEqual(rows.map(([who, , status, code]) => [who, status, code]));
}

/** Guesses at a second factor, all at once: the limit is by address, on that route alone. */
async function expectLimited(): Promise<void> {
  const guess = () => post("/v1/sessions/second-factor", { challenge: "made-up", code: "000000" });
  const answers = await Promise.all(Array.from({ length: guesses }, guess));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every(({ code }) => code === "limit/too-many-requests")).toBe(true);
  expect(refused.every(({ headers }) => Number(headers.get("retry-after")) > 0)).toBe(true);
}

/** A session that is ended now is refused in time, everywhere. */
async function expectRevocable(): Promise<void> {
  const token = tokenOf(await world.newAccount(["customer"]));
  expect(await isRefusedEverywhere(token)).toBe(false);
  expect((await endSession(token)).status).toBe(204);
  await until("the session to be refused", () => isRefusedEverywhere(token), revocationMs);
}

/** Made anew for each outage, while everything is there; the gateway remembers a key for a minute at most. */
async function prepare(): Promise<void> {
  const { customer } = world.people;
  newcomer = await world.newAccount(["customer"]);
  keys = { known: await apiKeyOf(customer), unknown: await apiKeyOf(customer) };
  expect((await read(keys.known)).status).toBe(200);
}

describe("who is let in, and who is not", () => {
  test("with everything there", async () => {
    await prepare();
    await expectTable([...always(), ...withAuth()]);
    await expectLimited();
  });

  test("without Redis: everybody as before, limits by a local count, and an ended session is refused by events", async () => {
    await prepare();
    const { redis } = platform.servers;
    await redis.stop();
    try {
      await expectTable([...always(), ...withAuth()]);
      await expectLimited();
      const token = tokenOf(await world.newAccount(["customer"]));
      expect((await endSession(token)).status).toBe(204);
      // The gateway is on no bus: the service behind it refuses.
      await until("the session to be refused", async () => (await read(token)).status === 401, revocationMs);
    } finally {
      await redis.start();
    }
  });

  test("without NATS: everybody as before, and an ended session is refused by way of Redis", async () => {
    await prepare();
    const { nats } = platform.servers;
    await nats.stop();
    try {
      await expectTable([...always(), ...withAuth()]);
      await expectLimited();
      await expectRevocable();
    } finally {
      await nats.start();
    }
  });

  test("without auth: who holds a token, or a key that is known, and nobody new; no administrator's act goes unrecorded", async () => {
    await prepare();
    const auth = platform.service("auth");
    await auth.stop();
    try {
      await expectTable([...always(), ...withoutAuth()]);
      await expectLimited();
    } finally {
      auth.start();
      await auth.ready();
    }
    const { admin } = world.people;
    await until("administrators to act again", async () => (await verifyAs(admin)).status === 200);
  });
});
