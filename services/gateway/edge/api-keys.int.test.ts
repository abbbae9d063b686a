import type { RateLimiter } from "@holdfast/chassis/rate-limit";
import { writeApiKey } from "@holdfast/contracts/api-key-format";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { until } from "@holdfast/testkit/until";
import { expect, onTestFinished, test } from "vitest";
import type { LimitClass } from "../routes.ts";
import { type RecordingUpstream, startUpstream } from "../testing/recording-upstream.ts";
import { routeOf, startDoor } from "../testing/start-door.ts";
import { createApiKeys } from "./api-keys.ts";

const key = (name: string) => writeApiKey(name.padStart(8, "0"), "A".repeat(43));
const good = key("good");
const bearer = (credential: string) => `Bearer ${credential}`;
const ask = () => Promise.resolve();
const json = { "content-type": "application/json" };

interface Answer {
  accessToken: string | null;
  expiresInSeconds: number;
}

/** Keys at the door, with somebody in auth's place and time that stands still until it is moved. */
async function open(answerOf: (key: string) => Answer | undefined) {
  const auth = await startUpstream();
  onTestFinished(() => auth[Symbol.asyncDispose]());
  let [now, isDown] = [1_000_000, false];
  auth.reply((incoming, outgoing, received) => {
    incoming.once("end", () => {
      const answer = isDown ? undefined : answerOf((JSON.parse(received.body) as { key: string }).key);
      outgoing.writeHead(answer === undefined ? 503 : 200, json).end(JSON.stringify(answer ?? {}));
    });
    incoming.resume();
  });
  const apiKeys = createApiKeys({
    authUrl: auth.url,
    serviceToken: { token: () => Promise.resolve("gateway-token") },
    nowMs: () => now,
  });
  return {
    auth,
    apiKeys,
    use: (credential: string) => apiKeys.inPlaceOf(bearer(credential), ask),
    pass: (ms: number) => void (now += ms),
    breakAuth: () => void (isDown = true),
  };
}

const works = () => {
  let made = 0;
  return () => ({ accessToken: `token-${(made += 1)}`, expiresInSeconds: 300 });
};

test("asks auth once for a key, in its own name, however many calls come with it at once", async () => {
  const at = await open(works());
  const headers = await Promise.all(Array.from({ length: 20 }, () => at.use(good)));
  expect(new Set(headers)).toEqual(new Set([bearer("token-1")]));
  expect(await at.use(good)).toBe(bearer("token-1"));
  expect(
    at.auth.received.map(({ method, url, headers: sent }) => [method, url, sent["authorization"]]),
  ).toEqual([["POST", "/internal/api-keys/exchange", "Bearer gateway-token"]]);
});

test("asks again after a minute, and sooner where the token ends sooner", async () => {
  const at = await open(works());
  await at.use(good);
  at.pass(59_999);
  expect(await at.use(good)).toBe(bearer("token-1"));
  at.pass(1);
  expect(await at.use(good)).toBe(bearer("token-2"));

  const brief = await open(() => ({ accessToken: "brief", expiresInSeconds: 40 }));
  await brief.use(good);
  brief.pass(9_999);
  await brief.use(good);
  expect(brief.auth.received).toHaveLength(1);
  brief.pass(1);
  await brief.use(good);
  expect(brief.auth.received).toHaveLength(2);
});

test("a key that ends within the half minute works, and nothing is remembered of it", async () => {
  const at = await open(() => ({ accessToken: "last", expiresInSeconds: 20 }));
  expect(await at.use(good)).toBe(bearer("last"));
  await at.use(good);
  expect(at.auth.received).toHaveLength(2);
});

test("refuses a key that does not work, for ten seconds without asking again", async () => {
  let accessToken: string | null = null;
  const at = await open(() => ({ accessToken, expiresInSeconds: 300 }));
  const refusal = { code: "auth/token-invalid", status: 401 };
  await expect(at.use(good)).rejects.toMatchObject(refusal);
  accessToken = "token-now";
  at.pass(9_999);
  await expect(at.use(good)).rejects.toMatchObject(refusal);
  expect(at.auth.received).toHaveLength(1);
  at.pass(1);
  expect(await at.use(good)).toBe(bearer("token-now"));
});

test("a key that stopped working is refused within a minute", async () => {
  let accessToken: string | null = "token";
  const at = await open(() => ({ accessToken, expiresInSeconds: 300 }));
  await at.use(good);
  accessToken = null;
  at.pass(60_000);
  await expect(at.use(good)).rejects.toMatchObject({ code: "auth/token-invalid" });
  await expect(at.use(good)).rejects.toMatchObject({ code: "auth/token-invalid" });
  expect(at.auth.received).toHaveLength(2);
});

test("while auth is down a known key works until its token ends, asked about every few seconds; another is told to come again", async () => {
  const at = await open(works());
  await at.use(good);
  at.breakAuth();
  at.pass(60_000);
  expect(await at.use(good)).toBe(bearer("token-1"));
  expect(await at.use(good)).toBe(bearer("token-1"));
  expect(at.auth.received).toHaveLength(2);
  await expect(at.use(key("new"))).rejects.toMatchObject({ code: "service/unavailable", status: 503 });
  at.pass(209_999);
  expect(await at.use(good)).toBe(bearer("token-1"));
  at.pass(1);
  await expect(at.use(good)).rejects.toMatchObject({ code: "service/unavailable" });
});

test("made-up keys cost auth nothing", async () => {
  const at = await open(works());
  for (let made = 0; made < 100; made += 1) {
    const flipped = `${good.slice(0, 20)}${made % 10}${good.slice(21)}`;
    await expect(at.use(flipped)).rejects.toMatchObject({ code: "auth/token-invalid" });
  }
  expect(at.auth.received).toHaveLength(0);
});

test("a flood of keys that do not work pushes out none that does", async () => {
  const at = await open((asked) => ({ accessToken: asked === good ? "token" : null, expiresInSeconds: 300 }));
  await at.use(good);
  const flood = Array.from({ length: 300 }, (_, made) => key(`f${made}`));
  for (let from = 0; from < flood.length; from += 50) {
    await Promise.allSettled(flood.slice(from, from + 50).map((one) => at.use(one)));
  }
  expect(at.auth.received).toHaveLength(301);
  await at.use(good);
  expect(at.auth.received).toHaveLength(301);
});

test("exchanges of different keys in flight are bounded, and a known key does not wait for them", async () => {
  const at = await open(works());
  await at.use(good);
  at.pass(60_000);
  const hanging = Promise.withResolvers<void>();
  at.auth.reply((incoming, outgoing) => {
    incoming.resume();
    void hanging.promise.then(() => outgoing.writeHead(503, json).end("{}"));
  });
  const asked = Promise.allSettled(Array.from({ length: 65 }, (_, made) => at.use(key(`h${made}`))));
  await until("every place to be taken", () => at.auth.received.length === 65);
  expect(await at.use(good)).toBe(bearer("token-1"));
  hanging.resolve();
  const reasons = (await asked).map((one) =>
    one.status === "rejected" ? String(one.reason.detail) : "let in",
  );
  expect(reasons.filter((reason) => reason.startsWith("Too many"))).toHaveLength(1);
});

test("anything but a key is left as it is", async () => {
  const at = await open(works());
  for (const header of ["Bearer eyJ.e30.x", "Basic aGZrXw==", "", "Bearer"]) {
    expect(await at.apiKeys.inPlaceOf(header, ask)).toBe(header);
  }
  expect(at.auth.received).toHaveLength(0);
});

async function openDoor(
  answerOf: (key: string, signer: TokenSigner) => string | null,
  limiter?: RateLimiter<LimitClass>,
) {
  const signer = await startTokenSigner();
  const service: RecordingUpstream = await startUpstream();
  const at = await open((asked) => ({ accessToken: answerOf(asked, signer), expiresInSeconds: 300 }));
  const routes = [
    routeOf({ path: "/v1/bookings", access: "booking:read:own" }),
    routeOf({ path: "/v1/public" }),
  ];
  const { apiKeys } = at;
  const given = limiter === undefined ? {} : { limiter };
  const door = await startDoor({ upstreamUrl: service.url, routes, auth: signer, apiKeys, ...given });
  onTestFinished(async () => {
    for (const one of [door, service, signer]) await one[Symbol.asyncDispose]();
  });
  const get = (path: string, credential: string) =>
    fetch(`${door.url}${path}`, { headers: { authorization: bearer(credential) } });
  return { ...at, service, get };
}

test("a service is sent the token in the key's place, and never the key, whether it works or not", async () => {
  const at = await openDoor((asked, signer) =>
    asked === good ? signer.sign({ roles: ["customer"] }) : null,
  );
  expect((await at.get("/v1/bookings", good)).status).toBe(200);
  const refused = await at.get("/v1/bookings", key("bad"));
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
    401,
    "auth/token-invalid",
  ]);
  expect((await at.get("/v1/public", key("bad"))).status).toBe(200);
  expect((await at.get("/v1/public", good)).status).toBe(200);
  const sent = at.service.received.map(({ headers }) => headers["authorization"]);
  expect(sent).toEqual([
    expect.stringMatching(/^Bearer eyJ/),
    undefined,
    expect.stringMatching(/^Bearer eyJ/),
  ]);
  expect(JSON.stringify(at.service.received)).not.toContain("hfk_");
});

test("who has tried too much from one address is refused before auth is asked about another key", async () => {
  let left = 3;
  const decide = (allowed: boolean) =>
    Promise.resolve({ allowed, limit: 3, remaining: left, resetSeconds: 9, retryAfterSeconds: 9 });
  const limiter: RateLimiter<LimitClass> = {
    peek: () => decide(left > 0),
    consume: () => decide((left -= 1) >= 0),
  };
  const at = await openDoor(() => null, limiter);
  const statuses: number[] = [];
  for (let tried = 0; tried < 6; tried += 1)
    statuses.push((await at.get("/v1/bookings", key(`t${tried}`))).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
  expect(at.auth.received).toHaveLength(3);
});
