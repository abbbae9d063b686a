import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { expect, test, vi } from "vitest";
import { startTokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { openApiDocument } from "@holdfast/contracts/publish/openapi";
import { publicEndpoints } from "@holdfast/contracts/api/all";
import { reportAudit } from "@holdfast/contracts/api/audit";
import { readConfig } from "./config.ts";
import { startGateway } from "./service.ts";
import { startUpstream, type RecordingUpstream } from "./testing/recording-upstream.ts";

async function open(env: (upstreamUrl: string) => Record<string, string> = () => ({})) {
  const stack = new AsyncDisposableStack();
  const auth = stack.use(await startTokenSigner());
  const upstream = stack.use(await startUpstream());
  const config = readConfig({
    HOLDFAST_ENV: "test",
    LOG_LEVEL: "silent",
    REDIS_URL: "redis://127.0.0.1:1",
    AUTH_URL: auth.url,
    CLIENT_SECRET: "the-secret-of-the-gateway",
    TOKEN_ISSUER: auth.issuer,
    CATALOG_URL: upstream.url,
    BOOKING_URL: upstream.url,
    PAYMENT_URL: upstream.url,
    NOTIFICATION_URL: upstream.url,
    ...env(upstream.url),
  });
  const gateway = stack.use(await startGateway(config));
  return {
    auth,
    upstream,
    gateway,
    url: `http://127.0.0.1:${gateway.port}`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test("is alive, ready and measured with Redis down, and has a page for people", async () => {
  await using at = await open();
  expect((await fetch(`${at.url}/livez`)).status).toBe(200);
  expect((await fetch(`${at.url}/readyz`)).status).toBe(200);
  await fetch(`${at.url}/v1/resources`);
  expect(await (await fetch(`${at.url}/metrics`)).text()).toMatch(
    /http_server_request_duration_seconds_count\{.*route="\/v1\/resources".*status="200".*\} 1/,
  );
  expect(await (await fetch(at.url)).text()).toContain('href="/docs"');
});

test("serves the OpenAPI document of exactly what it routes", async () => {
  await using at = await open();
  const answered = await fetch(`${at.url}/openapi.json`);
  expect(answered.headers.get("content-type")).toBe("application/json");
  const expected: unknown = JSON.parse(JSON.stringify(openApiDocument(publicEndpoints)));
  expect(await answered.json()).toEqual(expected);
});

test("tells auth what it refused, at the latest when it stops", async () => {
  const at = await open();
  expect((await fetch(`${at.url}/v1/me`)).status).toBe(401);
  await at.gateway.drain();
  expect(at.auth.audited).toMatchObject([
    { service: "gateway", action: "getMe", outcome: "auth/token-missing", network: "127.0.0.0/24", times: 1 },
  ]);
  await at[Symbol.asyncDispose]();
});

test("serves the reference from itself alone, under a policy that runs nothing else", async () => {
  await using at = await open();
  const page = await fetch(`${at.url}/docs`);
  const html = await page.text();
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self';");
  expect(html).not.toMatch(/https?:\/\//);
  expect(html).not.toMatch(/<script>|<script [^>]*>[^<]|\son\w+=/);
  const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
  expect(assets).toContain("/docs/swagger-ui-bundle.js");
  for (const path of assets) {
    const asset = await fetch(`${at.url}${path}`);
    expect(asset.status, path).toBe(200);
    expect((await asset.arrayBuffer()).byteLength, path).toBeGreaterThan(50);
  }
});

test("answers a request in hand while draining, and turns away those that come on open connections", async () => {
  await using at = await open();
  const held = Promise.withResolvers<void>();
  at.upstream.reply((_, outgoing) => void held.promise.then(() => outgoing.end("{}")));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const inHand = fetch(`${at.url}/v1/resources`);
  await vi.waitFor(() => expect(at.upstream.received).toHaveLength(1));
  const warmUp = httpRequest(`${at.url}/livez`, { agent }).end();
  const [warm] = (await once(warmUp, "response")) as [IncomingMessage];
  warm.resume();
  await once(warm, "end");

  const drained = at.gateway.drain();
  const late = httpRequest(`${at.url}/v1/resources`, { agent }).end();
  const [turnedAway] = (await once(late, "response")) as [IncomingMessage];
  expect(turnedAway.statusCode).toBe(503);
  expect(turnedAway.headers).toMatchObject({ connection: "close", "retry-after": "1" });
  turnedAway.resume();
  await expect(fetch(`${at.url}/livez`)).rejects.toThrow("fetch failed");
  held.resolve();
  expect((await inHand).status).toBe(200);
  await drained;
  agent.destroy();
});

interface SharedClock {
  now: string;
  isBroken: boolean;
}

/** Stands for all services, with one clock between them, and for auth's keys and tokens. */
async function answerClocks(
  upstream: RecordingUpstream,
  signerUrl: string,
  clock: SharedClock,
): Promise<void> {
  const keys = await (await fetch(`${signerUrl}/.well-known/jwks.json`)).text();
  const token = { access_token: "service-token", token_type: "Bearer", expires_in: 300 };
  upstream.reply((incoming, outgoing, received) => {
    const json = (status: number, body: unknown) =>
      void outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    incoming.once("end", () => {
      if (received.url === "/.well-known/jwks.json") return json(200, JSON.parse(keys));
      if (received.url === "/v1/oauth/token") return json(200, token);
      if (received.headers["authorization"] !== "Bearer service-token") return json(401, {});
      if (received.url === reportAudit.path) return void outgoing.writeHead(204).end();
      if (clock.isBroken) return json(500, {});
      if (received.method === "GET") return json(200, { now: clock.now });
      const { now } = JSON.parse(received.body) as { now: string };
      if (now < clock.now) return json(409, { code: "clock/backwards" });
      clock.now = now;
      return void outgoing.writeHead(204).end();
    });
  });
}

async function openWithClock(clock: SharedClock) {
  const at = await open((upstreamUrl) => ({
    TEST_CLOCK: "on",
    AUTH_URL: upstreamUrl,
  }));
  await answerClocks(at.upstream, at.auth.url, clock);
  const call = async (method: "GET" | "PUT", roles: ("admin" | "customer")[], now?: string) => {
    const answered = await fetch(`${at.url}/v1/test-clock`, {
      method,
      headers: { ...at.auth.authorization({ roles }), "content-type": "application/json" },
      ...(now === undefined ? {} : { body: JSON.stringify({ now }) }),
    });
    return { status: answered.status, body: (await answered.json()) as Record<string, unknown> };
  };
  return { ...at, call };
}

const before = "2027-01-01T00:00:00Z";
const after = "2027-03-01T09:00:00Z";

test("moves every service's clock before it answers, for an administrator alone", async () => {
  await using at = await openWithClock({ now: before, isBroken: false });
  expect((await at.call("PUT", ["customer"], after)).status).toBe(403);
  expect(await at.call("PUT", ["admin"], after)).toMatchObject({ status: 200, body: { now: after } });
  const movedBy = at.upstream.received.filter(
    ({ method, url }) => method === "PUT" && url === "/internal/test-clock",
  );
  expect(movedBy).toHaveLength(5);
  expect(await at.call("GET", ["admin"])).toMatchObject({ status: 200, body: { now: after } });
});

test("refuses to move clocks back, and to move them to what is no instant", async () => {
  await using at = await openWithClock({ now: after, isBroken: false });
  expect(await at.call("PUT", ["admin"], before)).toMatchObject({
    status: 409,
    body: { code: "clock/backwards" },
  });
  expect(await at.call("PUT", ["admin"], "tomorrow")).toMatchObject({
    status: 400,
    body: { code: "request/invalid" },
  });
});

test("says so when a service could not move its clock", async () => {
  await using at = await openWithClock({ now: before, isBroken: true });
  const answered = await at.call("PUT", ["admin"], after);
  expect(answered).toMatchObject({ status: 503, body: { code: "clock/not-moved" } });
  expect(answered.body["detail"]).toContain("booking (500)");
});

test("has no test clock where it is not switched on", async () => {
  await using at = await open();
  expect((await fetch(`${at.url}/v1/test-clock`)).status).toBe(404);
});
