import { expect, test } from "vitest";
import { startTokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { startUpstream } from "../testing/recording-upstream.ts";
import { routeOf, startDoor } from "../testing/start-door.ts";

const origin = "https://app.example.com";

async function open(
  options: { trustedProxies?: string[]; corsOrigins?: string[]; countryHeader?: string } = {},
) {
  const stack = new AsyncDisposableStack();
  const auth = stack.use(await startTokenSigner());
  const upstream = stack.use(await startUpstream());
  const routes = [
    routeOf({ path: "/v1/public" }),
    routeOf({ path: "/v1/me", access: "profile:read:own" }),
    routeOf({ method: "POST", path: "/v1/bookings", access: "booking:create:own" }),
    routeOf({ path: "/v1/operations/sagas", access: "operations:read:any" }),
  ];
  const door = stack.use(await startDoor({ upstreamUrl: upstream.url, routes, auth, ...options }));
  return { auth, upstream, door, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("lets a stranger reach what is public, and nothing else", async () => {
  await using at = await open();
  expect((await fetch(`${at.door.url}/v1/public`)).status).toBe(200);
  const refused = await fetch(`${at.door.url}/v1/me`);
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toBe("Bearer");
  expect(await refused.json()).toMatchObject({ code: "auth/token-missing", instance: "/v1/me" });
  expect(at.upstream.received).toHaveLength(1);
});

test.each([
  [
    "expired",
    (auth: Awaited<ReturnType<typeof startTokenSigner>>) =>
      auth.sign({ roles: ["customer"], lifetimeSeconds: -60 }),
  ],
  [
    "tampered with",
    (auth: Awaited<ReturnType<typeof startTokenSigner>>) =>
      `${auth.sign({ roles: ["customer"] }).slice(0, -4)}AAAA`,
  ],
  ["unsigned", () => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9."],
  ["no token at all", () => "x"],
])("refuses a token that is %s before any service sees it", async (_, tokenOf) => {
  await using at = await open();
  const refused = await fetch(`${at.door.url}/v1/me`, {
    headers: { authorization: `Bearer ${tokenOf(at.auth)}` },
  });
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ code: "auth/token-invalid" });
  expect(at.upstream.received).toEqual([]);
});

test("refuses a caller whose roles do not grant the permission, and hands the token on where they do", async () => {
  await using at = await open();
  const customer = at.auth.authorization({ roles: ["customer"] });
  const admin = at.auth.authorization({ roles: ["admin"] });
  const refused = await fetch(`${at.door.url}/v1/operations/sagas`, { headers: customer });
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
    403,
    "auth/forbidden",
  ]);
  expect((await fetch(`${at.door.url}/v1/operations/sagas`, { headers: admin })).status).toBe(200);
  expect(at.upstream.received.map(({ headers }) => headers["authorization"])).toEqual([admin.authorization]);
});

test("a service's token opens nothing that needs a person's permission", async () => {
  await using at = await open();
  const headers = at.auth.authorization({ userId: "svc:booking", roles: ["service"] });
  expect((await fetch(`${at.door.url}/v1/me`, { headers })).status).toBe(403);
});

test("a service sees who called as the gateway saw it, whatever the client claimed", async () => {
  await using at = await open();
  await fetch(`${at.door.url}/v1/public`, {
    headers: {
      "x-user-id": "usr_admin",
      "x-internal-token": "let me in",
      "x-forwarded-for": "203.0.113.1",
      "x-forwarded-host": "evil.example",
      forwarded: "for=203.0.113.1",
      "x-request-id": "chosen-by-client",
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    },
  });
  const { headers } = at.upstream.received[0]!;
  expect(headers).toMatchObject({
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": `127.0.0.1:${at.door.port}`,
    "x-forwarded-proto": "http",
    forwarded: `for=127.0.0.1;host="127.0.0.1:${at.door.port}";proto=http`,
    "x-request-id": "chosen-by-client",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  });
  expect(headers).not.toHaveProperty("x-user-id");
  expect(headers).not.toHaveProperty("x-internal-token");
});

test("replaces a request id and a trace context that are not safe to pass on", async () => {
  await using at = await open();
  const answered = await fetch(`${at.door.url}/v1/public`, {
    headers: { "x-request-id": "a b", traceparent: "nonsense" },
  });
  const { headers } = at.upstream.received[0]!;
  expect(headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  expect(headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(answered.headers.get("x-request-id")).toBe(headers["x-request-id"]);
});

test("behind a trusted proxy, the client is who that proxy saw", async () => {
  await using at = await open({ trustedProxies: ["127.0.0.1"] });
  await fetch(`${at.door.url}/v1/public`, {
    headers: { "x-forwarded-for": "203.0.113.1, 198.51.100.7", "x-forwarded-proto": "https" },
  });
  expect(at.upstream.received[0]!.headers).toMatchObject({
    "x-forwarded-for": "198.51.100.7",
    "x-forwarded-proto": "https",
  });
});

test("a client's country is what a trusted proxy says, in the header that was named, and nobody else", async () => {
  await using behind = await open({ trustedProxies: ["127.0.0.1"], countryHeader: "cf-ipcountry" });
  await using direct = await open({ countryHeader: "cf-ipcountry" });
  const headers = { "cf-ipcountry": "DE", "x-client-country": "FR", "x-client-id": "x" };
  for (const at of [behind, direct]) await fetch(`${at.door.url}/v1/public`, { headers });
  expect(behind.upstream.received[0]!.headers["x-client-country"]).toBe("DE");
  expect(direct.upstream.received[0]!.headers).not.toHaveProperty("x-client-country");
  expect(direct.upstream.received[0]!.headers).not.toHaveProperty("x-client-id");
});

test("what is in no table is not found; a method it does not take is named", async () => {
  await using at = await open();
  const missing = await fetch(`${at.door.url}/internal/contacts`, { method: "POST", body: "{}" });
  expect([missing.status, ((await missing.json()) as { code: string }).code]).toEqual([
    404,
    "route/not-found",
  ]);
  const wrong = await fetch(`${at.door.url}/v1/bookings`, { method: "DELETE" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  expect(at.upstream.received).toEqual([]);
});

test("answers a configured origin's preflight, and gives no other page anything", async () => {
  await using at = await open({ corsOrigins: [origin] });
  const preflight = (from: string) =>
    fetch(`${at.door.url}/v1/bookings`, {
      method: "OPTIONS",
      headers: {
        origin: from,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
  const allowed = await preflight(origin);
  expect(allowed.status).toBe(204);
  expect(Object.fromEntries(allowed.headers)).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": expect.stringContaining("idempotency-key") as string,
    vary: "origin",
  });
  const other = await preflight(`${origin}.evil.example`);
  expect(other.headers.has("access-control-allow-origin")).toBe(false);
  expect(other.headers.get("vary")).toBe("origin");
  expect(at.upstream.received).toEqual([]);
});

test("lets a configured origin's page read answers and refusals, never with cookies", async () => {
  await using at = await open({ corsOrigins: [origin] });
  at.upstream.reply(
    (_, outgoing) => void outgoing.writeHead(200, { "access-control-allow-origin": "*" }).end("{}"),
  );
  for (const path of ["/v1/public", "/v1/me"]) {
    const answered = await fetch(`${at.door.url}${path}`, { headers: { origin } });
    expect(answered.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answered.headers.get("access-control-expose-headers")).toContain("x-request-id");
    expect(answered.headers.has("access-control-allow-credentials")).toBe(false);
  }
  const stranger = await fetch(`${at.door.url}/v1/public`, { headers: { origin: "https://other.example" } });
  expect(stranger.headers.has("access-control-allow-origin")).toBe(false);
});

test("with no origin configured, no page of another origin is let in", async () => {
  await using at = await open();
  const answered = await fetch(`${at.door.url}/v1/public`, { headers: { origin } });
  expect([...answered.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
});

test("says what an address takes when asked without an origin", async () => {
  await using at = await open();
  const answered = await fetch(`${at.door.url}/v1/me`, { method: "OPTIONS" });
  expect([answered.status, answered.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
});
