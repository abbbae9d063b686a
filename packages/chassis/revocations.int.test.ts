import { newId } from "@holdfast/contracts/ids";
import { type NatsHandle, startNats } from "@holdfast/testkit/servers/nats";
import { type RedisHandle, startRedis } from "@holdfast/testkit/servers/redis";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Bus, connectBus } from "./bus.ts";
import { createLogger } from "./log.ts";
import { connectRedis } from "./redis.ts";
import { type Revocation, revocationKeptMs, writeRevocations } from "./revocation-list.ts";
import { watchRevocations } from "./revocations.ts";
import { createTokenVerifier, type TokenVerifier } from "./tokens.ts";

/** What is promised. */
const within = { timeout: 5_000, interval: 50 };
const nowhere = "redis://127.0.0.1:1";

const log = createLogger("test", "silent");
const servers = new AsyncDisposableStack();
let redis: RedisHandle;
let nats: NatsHandle;
let signer: TokenSigner;
let opened: AsyncDisposableStack;

beforeAll(async () => {
  [redis, nats, signer] = await Promise.all([startRedis(), startNats(), startTokenSigner()]);
  for (const server of [redis, nats, signer]) servers.use(server);
});
afterAll(() => servers.disposeAsync());
beforeEach(() => {
  opened = new AsyncDisposableStack();
});
afterEach(() => opened.disposeAsync());

function connectOperator(): Bus {
  const { user, pass: password } = nats.credentialsFor("operator") as { user: string; pass: string };
  return opened.use(connectBus({ url: nats.url, user, password, name: "booking", log }));
}

/** A process that checks tokens, with the ways to it that a test leaves it. */
function verifier(ways: { redisUrl: string; bus?: Bus }): TokenVerifier {
  const client = opened.use(connectRedis({ url: ways.redisUrl, log }));
  const revocations = opened.use(watchRevocations({ redis: client, bus: ways.bus, log }));
  const { url: jwksUrl, issuer, audience } = signer;
  return createTokenVerifier({ jwksUrl: `${jwksUrl}/.well-known/jwks.json`, issuer, audience, revocations });
}

const works = (tokens: TokenVerifier, token: string) =>
  tokens.verify(token).then(
    () => true,
    (error: { code?: string }) => error.code !== "auth/token-invalid",
  );

async function list(...revocations: Revocation[]): Promise<void> {
  await using client = connectRedis({ url: redis.url, log });
  await expect.poll(() => client.up).toBe(true);
  await writeRevocations(client, revocations);
}

describe("by Redis alone", () => {
  test("a session's tokens stop within five seconds, those seen before too, and no others", async () => {
    const tokens = verifier({ redisUrl: redis.url });
    const sessionId = newId("ses");
    const [one, other] = [sessionId, newId("ses")].map((session) =>
      signer.sign({ roles: ["customer"], sessionId: session }),
    ) as [string, string];
    expect(await works(tokens, one)).toBe(true);
    await list({ kind: "session", id: sessionId, at: Date.now() });
    await expect.poll(() => works(tokens, one), within).toBe(false);
    expect(await works(tokens, other)).toBe(true);
  });

  test("a user's tokens stop that were issued until then, and later ones work", async () => {
    const tokens = verifier({ redisUrl: redis.url });
    const userId = newId("usr");
    const token = signer.sign({ roles: ["customer"], userId });
    const { issuedAtMs } = await tokens.verify(token);
    await list({ kind: "user", id: userId, at: issuedAtMs - 1 });
    // Known, for what came with it in one list is.
    const sessionId = newId("ses");
    await list({ kind: "session", id: sessionId, at: Date.now() });
    const marker = signer.sign({ roles: ["customer"], sessionId });
    await expect.poll(() => works(tokens, marker), within).toBe(false);
    expect(await works(tokens, token)).toBe(true);
    await list({ kind: "user", id: userId, at: issuedAtMs });
    await expect.poll(() => works(tokens, token), within).toBe(false);
  });

  test("a process that starts later knows what was revoked before", async () => {
    const sessionId = newId("ses");
    await list({ kind: "session", id: sessionId, at: Date.now() });
    const tokens = verifier({ redisUrl: redis.url });
    const token = signer.sign({ roles: ["customer"], sessionId });
    await expect.poll(() => works(tokens, token), within).toBe(false);
  });

  test("the list forgets what no token can outlive", async () => {
    await list({ kind: "session", id: newId("ses"), at: Date.now() - revocationKeptMs + 1_000 });
    await using client = connectRedis({ url: redis.url, log });
    await expect.poll(() => client.up).toBe(true);
    const oldest = async () => {
      await writeRevocations(client, [{ kind: "session", id: newId("ses"), at: Date.now() }]);
      const [, score] = await client.commands.zrange("revocations", "0", "0", "WITHSCORES");
      return Date.now() - Number(score);
    };
    await expect.poll(oldest, within).toBeLessThan(60_000);
    expect(await client.commands.pttl("revocations")).toBeGreaterThan(0);
  });
});

describe("by NATS alone", () => {
  const session = newId("ses");
  const user = newId("usr");
  const key = newId("key");
  const tokensFrom = () => Temporal.Now.instant().toString();

  test.each([
    ["session.ended.v1", () => ({ sessionId: session, userId: user, reason: "logged-out" })],
    ["user.roles-changed.v1", () => ({ userId: user, roles: ["customer"], tokensFrom: tokensFrom() })],
    ["user.status-changed.v1", () => ({ userId: user, status: "suspended" })],
    ["user.api-key-revoked.v1", () => ({ keyId: key, userId: user })],
  ])("%s stops its tokens, and no others", async (type, data) => {
    const bus = connectOperator();
    const revocations = opened.use(
      watchRevocations({ redis: opened.use(connectRedis({ url: nowhere, log })), bus, log }),
    );
    const issuedAtMs = Date.now() - 2_000;
    const caller = {
      userId: user,
      roles: ["customer"],
      sessionId: session,
      issuedAtMs,
      apiKey: { keyId: key, scopes: [] },
    } as const;
    expect(revocations.isRevoked(caller)).toBe(false);
    await bus.whenConnected(5_000);
    const envelope = { id: newId("evt"), type, time: "2031-01-01T00:00:00Z", data: data() };
    bus.nc.publish(type, JSON.stringify(envelope));
    await expect.poll(() => revocations.isRevoked(caller), within).toBe(true);
    const stranger = {
      ...caller,
      userId: newId("usr"),
      sessionId: newId("ses"),
      apiKey: { ...caller.apiKey, keyId: newId("key") },
    };
    expect(revocations.isRevoked(stranger)).toBe(false);
    // The event's own time is business time, which a test clock moves: it plays no part in what is refused of a user's.
    const later = { ...stranger, userId: user, issuedAtMs: Date.now() + 2_000 };
    expect(revocations.isRevoked(later)).toBe(false);
  });

  test("a token is refused by whoever checks it, within five seconds", async () => {
    const bus = connectOperator();
    const tokens = verifier({ redisUrl: nowhere, bus });
    const sessionId = newId("ses");
    const token = signer.sign({ roles: ["customer"], sessionId });
    expect(await works(tokens, token)).toBe(true);
    await bus.whenConnected(5_000);
    const data = { sessionId, userId: newId("usr"), reason: "logged-out" };
    bus.nc.publish("session.ended.v1", JSON.stringify({ id: newId("evt"), data }));
    await expect.poll(() => works(tokens, token), within).toBe(false);
  });

  test("what cannot be read is passed over, and an old event published again ends nobody's session", async () => {
    const bus = connectOperator();
    const revocations = opened.use(
      watchRevocations({ redis: opened.use(connectRedis({ url: nowhere, log })), bus, log }),
    );
    await bus.whenConnected(5_000);
    const old = { userId: newId("usr"), roles: [] };
    const fresh = newId("ses");
    for (const text of ["nonsense", "{}", JSON.stringify({ id: newId("evt"), data: { sessionId: 7 } })]) {
      bus.nc.publish("session.ended.v1", text);
    }
    const oldId = "evt_01h455vb4pex5vsknk084sn02q";
    bus.nc.publish("user.roles-changed.v1", JSON.stringify({ id: oldId, data: old }));
    const data = { sessionId: fresh, userId: newId("usr"), reason: "logged-out" };
    bus.nc.publish("session.ended.v1", JSON.stringify({ id: newId("evt"), data }));
    const caller = { userId: newId("usr"), roles: [], issuedAtMs: Date.now() } as const;
    await expect.poll(() => revocations.isRevoked({ ...caller, sessionId: fresh }), within).toBe(true);
    expect(revocations.isRevoked({ ...caller, userId: old.userId, issuedAtMs: 0 })).toBe(false);
  });
});

test("with neither Redis nor NATS a token works until it expires, and no longer", async () => {
  const tokens = verifier({ redisUrl: nowhere });
  // Five seconds more are granted to clocks that differ.
  const token = signer.sign({ roles: ["customer"], sessionId: newId("ses"), lifetimeSeconds: -3 });
  expect(await works(tokens, token)).toBe(true);
  await expect.poll(() => works(tokens, token), within).toBe(false);
});
