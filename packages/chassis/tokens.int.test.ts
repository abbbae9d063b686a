import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTokenVerifier, type RemoteTokenVerifier } from "./tokens.ts";

const issuer = "https://auth.example";
const audience = "holdfast";
const userId = "usr_01h455vb4pex5vsknk084sn02q";

async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" } };
}

/** Publishes keys, and counts how often they are asked for. */
async function publish(keys: object[]) {
  const state = { keys, fetches: 0, broken: false };
  const server = createServer((_, response) => {
    state.fetches += 1;
    response.writeHead(state.broken ? 500 : 200).end(JSON.stringify({ keys: state.keys }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { state, server, stop, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` };
}

let key: Awaited<ReturnType<typeof newKey>>;
let jwks: Awaited<ReturnType<typeof publish>>;
let stopped: boolean;
let verifier: RemoteTokenVerifier;
let passedMs: number;
const nowMs = () => Date.now() + passedMs;

beforeEach(async () => {
  key = await newKey("first");
  jwks = await publish([key.jwk]);
  stopped = false;
  passedMs = 0;
  verifier = createTokenVerifier({ jwksUrl: jwks.url, issuer, audience, nowMs });
});

afterEach(async () => {
  if (!stopped) await jwks.stop();
});

interface Deviation {
  claims?: JWTPayload;
  header?: Record<string, string>;
  lifetimeSeconds?: number;
  key?: CryptoKey | Uint8Array;
}

function sign(deviation: Deviation = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({
    iss: issuer,
    aud: audience,
    sub: userId,
    roles: ["customer", "astronaut"],
    sid: "ses_1",
    iat: now,
    exp: now + (deviation.lifetimeSeconds ?? 300),
    ...deviation.claims,
  })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "first", ...deviation.header })
    .sign(deviation.key ?? key.privateKey);
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const invalid = expect.objectContaining({ code: "auth/token-invalid", status: 401 });
const unavailable = expect.objectContaining({ code: "service/unavailable", status: 503 });

test("gives the caller of a good token, with the roles this version knows", async () => {
  expect(await verifier.verify(await sign())).toEqual({
    userId,
    roles: ["customer"],
    sessionId: "ses_1",
    issuedAtMs: expect.any(Number),
  });
  expect(
    await verifier.verify(await sign({ claims: { sub: "svc:booking", roles: ["service"] } })),
  ).toMatchObject({
    userId: "svc:booking",
    roles: ["service"],
  });
});

test.each<[string, Deviation]>([
  ["another type of token", { header: { typ: "JWT" } }],
  ["another audience", { claims: { aud: "elsewhere" } }],
  ["another issuer", { claims: { iss: "https://evil.example" } }],
  ["no subject of ours", { claims: { sub: "root" } }],
  ["an expired one", { lifetimeSeconds: -60 }],
  ["one that is not valid yet", { claims: { nbf: Math.floor(Date.now() / 1_000) + 600 } }],
])("refuses %s", async (_, deviation) => {
  await expect(verifier.verify(await sign(deviation))).rejects.toEqual(invalid);
});

test("refuses a token without an expiry", async () => {
  const token = await new SignJWT({ iss: issuer, aud: audience, sub: userId, roles: [] })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "first" })
    .setIssuedAt()
    .sign(key.privateKey);
  await expect(verifier.verify(token)).rejects.toEqual(invalid);
});

test("refuses a token that says it needs no signature", async () => {
  const [, payload] = (await sign()).split(".");
  for (const alg of ["none", "None", "NONE"]) {
    await expect(
      verifier.verify(`${part({ alg, typ: "at+jwt", kid: "first" })}.${payload}.`),
    ).rejects.toEqual(invalid);
  }
});

test("refuses a token signed with the public key as an HMAC secret", async () => {
  const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
  for (const material of [secret, Buffer.from(String(key.jwk.x), "base64url")]) {
    const token = await sign({ header: { alg: "HS256" }, key: new Uint8Array(material) });
    await expect(verifier.verify(token)).rejects.toEqual(invalid);
  }
});

test("refuses another key's signature under a known key id, and a changed payload", async () => {
  const other = await newKey("other");
  await expect(verifier.verify(await sign({ key: other.privateKey }))).rejects.toEqual(invalid);
  const [header, , signature] = (await sign()).split(".");
  const [, promoted] = (await sign({ claims: { roles: ["admin"] } })).split(".");
  await expect(verifier.verify(`${header}.${promoted}.${signature}`)).rejects.toEqual(invalid);
});

test("refuses an oversized token before looking at it", async () => {
  await expect(verifier.verify(`${part({ alg: "EdDSA" })}.${"a".repeat(9_000)}.`)).rejects.toEqual(invalid);
  expect(jwks.state.fetches).toBe(0);
});

test("a flood of unknown key ids fetches the keys once", async () => {
  await verifier.verify(await sign());
  const flood = Array.from({ length: 50 }, async (_, index) =>
    verifier.verify(await sign({ header: { kid: `unknown-${index}` } })),
  );
  for (const outcome of await Promise.allSettled(flood)) expect(outcome.status).toBe("rejected");
  expect(jwks.state.fetches).toBe(1);
});

test("many first requests at once fetch the keys once", async () => {
  const tokens = await Promise.all(
    Array.from({ length: 20 }, () => sign({ claims: { jti: String(Math.random()) } })),
  );
  await Promise.all(tokens.map((token) => verifier.verify(token)));
  expect(jwks.state.fetches).toBe(1);
});

test("a token seen before, and a new one under a known key, verify while auth is down", async () => {
  const seen = await sign();
  await verifier.verify(seen);
  stopped = true;
  await jwks.stop();
  expect(await verifier.verify(seen)).toMatchObject({ userId });
  expect(await verifier.verify(await sign({ claims: { jti: "new" } }))).toMatchObject({ userId });
});

test("keys fetched ahead, though auth was still starting, verify a first token while auth is down", async () => {
  jwks.state.broken = true;
  const giveUp = AbortSignal.timeout(5_000);
  const fetched = verifier.fetchAhead(giveUp);
  while (jwks.state.fetches < 2 && !giveUp.aborted) await once(jwks.server, "request");
  jwks.state.broken = false;
  await fetched;
  await jwks.stop();
  stopped = true;
  expect((await verifier.verify(await sign())).userId).toBe(userId);
});

test("a first token is checked at once though fetching ahead has just failed", async () => {
  jwks.state.broken = true;
  const closing = new AbortController();
  const fetched = verifier.fetchAhead(closing.signal);
  await once(jwks.server, "request");
  closing.abort();
  await fetched;
  jwks.state.broken = false;
  expect((await verifier.verify(await sign())).userId).toBe(userId);
});

test("fetching ahead ends when it is told to", async () => {
  jwks.state.broken = true;
  const closing = new AbortController();
  const fetched = verifier.fetchAhead(closing.signal);
  await once(jwks.server, "request");
  closing.abort();
  await fetched;
  expect(jwks.state.fetches).toBe(1);
});

test("says that it cannot tell, rather than refusing, when it never got a key", async () => {
  jwks.state.broken = true;
  await expect(verifier.verify(await sign())).rejects.toEqual(unavailable);
  await expect(verifier.verify(await sign())).rejects.toEqual(unavailable);
  expect(jwks.state.fetches).toBe(1);
});

/** Moves what tells the age of keys; requests and timeouts go on as they are. */
function pass(ms: number): void {
  passedMs += ms;
}

test("a token whose key was withdrawn works no longer a minute later, though it was seen before", async () => {
  const token = await sign();
  await verifier.verify(token);
  jwks.state.keys = [(await newKey("second")).jwk];
  pass(50_000);
  expect(await verifier.verify(token)).toMatchObject({ userId });
  expect(jwks.state.fetches).toBe(1);
  pass(11_000);
  // The one that notices is still answered by the keys at hand; the set is fetched beside it.
  await verifier.verify(token);
  await expect.poll(() => verifier.verify(token).catch((error: unknown) => error)).toEqual(invalid);
  expect(jwks.state.fetches).toBe(2);
});

test("a token that works goes on working when the keys are fetched again, and when they cannot be", async () => {
  const token = await sign({ lifetimeSeconds: 7_200 });
  await verifier.verify(token);
  for (let minute = 1; minute <= 5; minute += 1) {
    jwks.state.broken = minute > 2;
    pass(61_000);
    expect(await verifier.verify(token)).toMatchObject({ userId });
    await expect.poll(() => jwks.state.fetches).toBe(minute + 1);
  }
});

test("keys that could not be fetched again for a day are no longer used", async () => {
  const token = await sign({ lifetimeSeconds: 200_000 });
  await verifier.verify(token);
  jwks.state.broken = true;
  pass(23 * 3_600_000);
  expect(await verifier.verify(token)).toMatchObject({ userId });
  pass(2 * 3_600_000);
  await expect(verifier.verify(token)).rejects.toEqual(unavailable);
  jwks.state.broken = false;
  pass(2_000);
  expect(await verifier.verify(token)).toMatchObject({ userId });
});

test("keys that are at hand are followed as they change, and made-up ids ask for them once a second", async () => {
  const reads = { count: 0, keys: [key.jwk] };
  const own = createTokenVerifier({
    jwks: async () => {
      reads.count += 1;
      return { keys: reads.keys };
    },
    issuer,
    audience,
    nowMs,
  });
  const old = await sign();
  expect(await own.verify(old)).toMatchObject({ userId });
  const next = await newKey("next");
  reads.keys = [next.jwk];
  pass(1_100);
  const token = await sign({ header: { kid: "next" }, key: next.privateKey });
  expect(await own.verify(token)).toMatchObject({ userId });
  await expect(own.verify(old)).rejects.toEqual(invalid);
  const before = reads.count;
  for (let id = 0; id < 20; id += 1) {
    await expect(own.verify(await sign({ header: { kid: `made-up-${id}` } }))).rejects.toEqual(invalid);
  }
  expect(reads.count).toBe(before);
});

test("a revoked token is refused, whether it was seen before or not", async () => {
  const revoked = new Set<string | undefined>();
  const watching = createTokenVerifier({
    jwksUrl: jwks.url,
    issuer,
    audience,
    revocations: { isRevoked: ({ sessionId }) => revoked.has(sessionId) },
  });
  const token = await sign();
  await watching.verify(token);
  revoked.add("ses_1");
  await expect(watching.verify(token)).rejects.toEqual(invalid);
  await expect(watching.verify(await sign({ claims: { jti: "unseen" } }))).rejects.toEqual(invalid);
  expect(await watching.verify(await sign({ claims: { sid: "ses_2" } }))).toMatchObject({ userId });
});
