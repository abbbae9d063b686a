import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type KeptAudit, keepAudit } from "@holdfast/chassis/kept-audit.fixture";
import { tooManyRequests } from "@holdfast/chassis/problems";
import { newId } from "@holdfast/contracts/ids";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RecordingUpstream, startUpstream } from "../testing/recording-upstream.ts";
import { routeOf, startDoor } from "../testing/start-door.ts";

const opened = new AsyncDisposableStack();
const bookingId = newId("bkg");
const userId = newId("usr");
let signer: TokenSigner;
let upstream: RecordingUpstream;
let audit: KeptAudit;
let door: Awaited<ReturnType<typeof startDoor>>;

beforeAll(async () => {
  [signer, upstream] = await Promise.all([startTokenSigner(), startUpstream()]);
  opened.use(signer);
  opened.use(upstream);
  audit = keepAudit();
  door = opened.use(
    await startDoor({
      upstreamUrl: upstream.url,
      auth: signer,
      audit,
      trustedProxies: ["127.0.0.1"],
      routes: [
        routeOf({ name: "getBooking", path: "/v1/bookings/{bookingId}", access: "booking:read:own" }),
        routeOf({ name: "listAll", path: "/v1/all", access: "booking:read:any" }),
        routeOf({ name: "addThing", path: "/v1/things", method: "POST", maxBodyBytes: 100 }),
      ],
    }),
  );
});
afterAll(() => opened.disposeAsync());
beforeEach(() => {
  audit.noted.length = 0;
});

const from = { "x-forwarded-for": "198.51.100.7", "x-request-id": "request-1" };

async function call(path: string, options: RequestInit = {}): Promise<number> {
  const response = await fetch(`${door.url}${path}`, options);
  await response.body?.cancel();
  return response.status;
}

const noted = () => until("an entry", async () => (audit.noted.length > 0 ? audit.noted : undefined));

test("a forged token gives an entry that says for what, of what and from where, and nothing reaches a service", async () => {
  const [header, , signature] = signer.sign({ userId, roles: ["customer"] }).split(".");
  const claims = Buffer.from(JSON.stringify({ sub: userId, roles: ["admin"] })).toString("base64url");
  const before = upstream.received.length;
  const headers = { ...from, authorization: `Bearer ${header}.${claims}.${signature}` };
  expect(await call(`/v1/bookings/${bookingId}`, { headers })).toBe(401);
  expect(await noted()).toEqual([
    {
      kind: "refusal",
      action: "getBooking",
      outcome: "auth/token-invalid",
      // Whom it claims to speak for nobody has said.
      actor: null,
      sessionId: null,
      keyId: null,
      targets: [bookingId],
      network: "198.51.100.0/24",
      requestId: "request-1",
    },
  ]);
  expect(upstream.received).toHaveLength(before);
});

test("who may not is named", async () => {
  const headers = signer.authorization({ userId, roles: ["customer"], sessionId: newId("ses") });
  expect(await call("/v1/all", { headers })).toBe(403);
  expect(await noted()).toMatchObject([{ action: "listAll", outcome: "auth/forbidden", actor: userId }]);
});

test("a body that is too large is noted, announced or not", async () => {
  const body = "x".repeat(101);
  expect(await call("/v1/things", { method: "POST", body })).toBe(413);
  expect(await noted()).toMatchObject([{ action: "addThing", outcome: "request/body-too-large" }]);
  audit.noted.length = 0;
  const stream = new Blob(["x".repeat(50_000)]).stream();
  expect(await call("/v1/things", { method: "POST", body: stream, duplex: "half" } as RequestInit)).toBe(413);
  expect(await noted()).toMatchObject([{ action: "addThing", outcome: "request/body-too-large" }]);
});

async function sendRaw(text_: string): Promise<string> {
  const socket = connect(door.port, "127.0.0.1");
  socket.write(text_);
  return (await text(socket)).split("\r\n", 1)[0] ?? "";
}

test.each([
  ["no HTTP at all", "nonsense\r\n\r\n", "400"],
  [
    "two lengths",
    "POST /v1/things HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    "400",
  ],
  ["a header beyond all bounds", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, "431"],
])("%s is noted", async (_, request, status) => {
  expect(await sendRaw(request)).toContain(` ${status} `);
  expect(await noted()).toMatchObject([
    { action: "unknown-route", outcome: "request/malformed", network: "127.0.0.0/24", actor: null },
  ]);
});

test("what a service answers, an unknown address and what went well are not noted here", async () => {
  const headers = signer.authorization({ userId, roles: ["customer"] });
  for (const status of [401, 403, 404, 429]) {
    upstream.reply((incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(status).end();
    });
    expect(await call(`/v1/bookings/${bookingId}`, { headers })).toBe(status);
  }
  upstream.reply((incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(200).end();
  });
  expect(await call(`/v1/bookings/${bookingId}`, { headers })).toBe(200);
  expect(await call("/v1/nothing", { headers })).toBe(404);
  // What is noted comes in the order it was refused in: by the time this is, all of the above would have been.
  expect(await call("/v1/all", { headers })).toBe(403);
  expect((await noted()).map(({ action }) => action)).toEqual(["listAll"]);
});

test("one call too many is noted with its caller", async () => {
  const limited = keepAudit();
  const decision = { allowed: false, limit: 1, remaining: 0, resetSeconds: 1, retryAfterSeconds: 1 };
  await using at = await startDoor({
    upstreamUrl: upstream.url,
    auth: signer,
    audit: limited,
    limiter: { consume: async () => decision, peek: async () => decision },
    routes: [routeOf({ name: "getBooking", path: "/v1/bookings/{bookingId}", access: "booking:read:own" })],
  });
  const response = await fetch(`${at.url}/v1/bookings/${bookingId}`, {
    headers: signer.authorization({ userId, roles: ["customer"] }),
  });
  await response.body?.cancel();
  expect(response.status).toBe(429);
  const entries = await until("an entry", async () => (limited.noted.length > 0 ? limited.noted : undefined));
  expect(entries).toMatchObject([{ action: "getBooking", outcome: tooManyRequests.code, actor: userId }]);
});
