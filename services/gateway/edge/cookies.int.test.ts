import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { startUpstream, type RecordingUpstream } from "../testing/recording-upstream.ts";
import { routeOf, startDoor } from "../testing/start-door.ts";
import { accessCookie } from "./credentials.ts";

const routes = [
  routeOf({ path: "/v1/me", access: "profile:read:own" }),
  routeOf({ method: "PATCH", path: "/v1/me", access: "profile:write:own" }),
  routeOf({ method: "POST", path: "/v1/quotes" }),
  routeOf({ method: "POST", path: "/v1/browser-sessions/refresh", service: "auth" }),
  routeOf({ path: "/v1/sessions/google/callback", service: "auth" }),
];

const stack = new AsyncDisposableStack();
let signer: TokenSigner;
let upstream: RecordingUpstream;
let door: Awaited<ReturnType<typeof startDoor>>;

beforeAll(async () => {
  signer = stack.use(await startTokenSigner());
  upstream = stack.use(await startUpstream());
  door = stack.use(await startDoor({ upstreamUrl: upstream.url, routes, auth: signer }));
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  upstream.received.length = 0;
});

const csrfToken = "a-token-that-only-pages-of-this-origin-are-told";
const tokenWith = (csrf?: string) =>
  signer.sign({ roles: ["customer"], ...(csrf === undefined ? {} : { csrfToken: csrf }) });
const cookieOf = (token: string) => ({ cookie: `theme=dark; ${accessCookie}=${token}; other=1` });

/** Node's fetch sets Sec-Fetch-Mode and no site of its own; a plain call says what the test says. */
async function call(method: string, path: string, headers: Record<string, string | string[]>) {
  const sent = httpRequest(`${door.url}${path}`, { method, headers }).end();
  const [answered] = (await once(sent, "response")) as [IncomingMessage];
  const text = (await answered.toArray()).join("");
  const code = text.startsWith("{") ? (JSON.parse(text) as { code?: string }).code : undefined;
  return { status: answered.statusCode, code, headers: answered.headers };
}

test("a browser's cookie speaks for its session, and goes no further than the gateway", async () => {
  const token = tokenWith(csrfToken);
  expect((await call("GET", "/v1/me", cookieOf(token))).status).toBe(200);
  const { headers } = upstream.received[0]!;
  expect(headers["authorization"]).toBe(`Bearer ${token}`);
  expect(headers).not.toHaveProperty("cookie");
});

test("a change needs the session's own token beside the cookie, from a page of this origin", async () => {
  const cookie = cookieOf(tokenWith(csrfToken));
  const right = { ...cookie, "x-csrf-token": csrfToken };
  expect((await call("PATCH", "/v1/me", right)).status).toBe(200);
  expect((await call("PATCH", "/v1/me", { ...right, "sec-fetch-site": "same-origin" })).status).toBe(200);
  expect(upstream.received).toHaveLength(2);
  expect(upstream.received[0]!.headers).not.toHaveProperty("x-csrf-token");
  const forged = [
    cookie,
    { ...cookie, "x-csrf-token": "" },
    { ...cookie, "x-csrf-token": `${csrfToken}x` },
    { ...cookie, "x-csrf-token": csrfToken.replace("a", "b") },
    { ...right, "sec-fetch-site": "cross-site" },
    { ...right, "sec-fetch-site": "same-site" },
    { ...cookieOf(tokenWith()), "x-csrf-token": csrfToken },
    { ...cookieOf(tokenWith()), "x-csrf-token": "undefined" },
    { ...cookieOf(tokenWith("")), "x-csrf-token": "" },
  ];
  for (const headers of forged) {
    const { status, code } = await call("PATCH", "/v1/me", headers);
    expect([status, code]).toEqual([403, "auth/csrf-token-wrong"]);
  }
  expect(upstream.received).toHaveLength(2);
});

test("a page elsewhere changes nothing in the name of a browser's session where anybody may call", async () => {
  expect((await call("POST", "/v1/quotes", cookieOf(tokenWith(csrfToken)))).status).toBe(200);
  expect(upstream.received[0]!.headers).not.toHaveProperty("authorization");
});

test("an Authorization header wins over a cookie, and needs no proof", async () => {
  const token = tokenWith();
  const headers = { ...cookieOf(tokenWith(csrfToken)), authorization: `Bearer ${token}` };
  expect((await call("PATCH", "/v1/me", headers)).status).toBe(200);
  expect(upstream.received[0]!.headers["authorization"]).toBe(`Bearer ${token}`);
});

test("a cookie that is there twice is refused: two readers could take either", async () => {
  const twice = `${accessCookie}=${tokenWith(csrfToken)}; ${accessCookie}=${tokenWith(csrfToken)}`;
  for (const cookie of [twice, twice.split("; ")]) {
    const { status, code } = await call("GET", "/v1/me", { cookie });
    expect([status, code]).toEqual([400, "request/malformed"]);
  }
  const { status } = await call("GET", "/v1/me", { cookie: `x${accessCookie}=1; ${accessCookie}x=2` });
  expect(status).toBe(401);
  expect(upstream.received).toEqual([]);
});

test("the routes that live on cookies get them, never from a page elsewhere where they change something", async () => {
  const cookie = "__Secure-holdfast-refresh=r";
  const refresh = { cookie, "x-csrf-token": csrfToken };
  expect((await call("POST", "/v1/browser-sessions/refresh", refresh)).status).toBe(200);
  expect(upstream.received[0]!.headers).toMatchObject(refresh);
  const elsewhere = { ...refresh, "sec-fetch-site": "cross-site" };
  expect((await call("POST", "/v1/browser-sessions/refresh", elsewhere)).code).toBe("auth/csrf-token-wrong");
  // Google sends the browser back from its own site: that is what the callback is for.
  const back = await call("GET", "/v1/sessions/google/callback", { cookie, "sec-fetch-site": "cross-site" });
  expect(back.status).toBe(200);
  expect(upstream.received[1]!.headers["cookie"]).toBe(cookie);
});

test("auth alone sets cookies", async () => {
  upstream.reply((incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(200, { "set-cookie": ["a=1; Secure", "b=2; Secure"] }).end("{}");
  });
  const byAuth = await call("GET", "/v1/sessions/google/callback", {});
  expect(byAuth.headers["set-cookie"]).toEqual(["a=1; Secure", "b=2; Secure"]);
  const byBooking = await call("GET", "/v1/me", cookieOf(tokenWith()));
  expect([byBooking.status, byBooking.headers["set-cookie"]]).toEqual([200, undefined]);
});
