/** Requests that two readers of the same bytes could take for different ones, and connections that would never end. */
import type { ServiceName } from "@holdfast/contracts/define-endpoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attack, describeAttacks } from "./attack.ts";
import { changedTables, fingerprint, quietFingerprint } from "./fingerprint.ts";
import { lines, sendRaw } from "./raw.ts";
import { bearer, send, type Answered } from "./requests.ts";
import { enterRoutes, type RouteGround } from "./route-ground.ts";
import { ambiguous, auth, change, hidden, malformed, read, tokenOf } from "./transport/requests.ts";

type Row = Attack<RouteGround>;

/** Begun with the first attack, so that nobody waits for its end longer than they must. */
let slow: Promise<Answered[][]> | undefined;

/** A head that never ends, at the gateway and at a service. */
function sendSlowly({ world: { place } }: RouteGround): Promise<Answered[][]> {
  const head = "GET /v1/me HTTP/1.1\r\nHost: a\r\nX-";
  return Promise.all(
    [place.gatewayUrl, place.serviceUrls.auth].map((url) => sendRaw(url, head, { closesWithinMs: 45_000 })),
  );
}

const isKnown = new Set(["a body where the method has none"]);

/** Every answer on the connection: one refusal, and it is closed. What is hidden behind is never reached. */
const atGateway: Row[] = [...malformed, ...ambiguous].map(([what, bytes]) => ({
  title: `${what}: through the gateway`,
  send: (ground) => sendRaw(ground.world.place.gatewayUrl, Buffer.from(bytes(ground), "latin1")),
  refusal: [400, "request/malformed"],
  audited: ({ world }) =>
    isKnown.has(what)
      ? { action: "getMe", actor: world.people.customer.userId, service: "gateway" }
      : { action: "unknown-route", actor: null, service: "gateway" },
}));

const services: readonly ServiceName[] = ["auth", "booking"];
const noRouteSaw = {
  not: "Node's own parser refuses it before there is a request, at a port that only the gateway can reach",
};

/** A first line without a version is HTTP/0.9 to Node, which a service need not be told of by name. */
const old = new Set(["HTTP/0.9", "a CRLF inside the path"]);
const oldAtService: Row[] = [
  {
    title: "HTTP/0.9: straight at a service's port",
    send: ({ world }) => sendRaw(world.place.serviceUrls.auth, "GET /v1/me\r\n\r\n"),
    refusal: [400, "request/malformed"],
    audited: noRouteSaw,
  },
  {
    title: "a CRLF inside the path, and a header that it makes: straight at a service's port",
    send: ({ world }) =>
      sendRaw(
        world.place.serviceUrls.auth,
        `GET /v1/me\r\nX-User-Id: ${world.people.admin.userId} HTTP/1.1\r\nHost: a\r\n\r\n`,
      ),
    refusal: [401, "auth/token-missing"],
    audited: () => ({ action: "getMe", actor: null, service: "auth" }),
  },
];

/** The first line is refused by whoever reads it, for a service is not protected by the gateway alone. */
const atServices: Row[] = malformed
  .filter(([what]) => !old.has(what))
  .map(([what, bytes]) => ({
    title: `${what}: straight at a service's port`,
    send: async ({ world, ...ground }) => {
      const bytesOf = Buffer.from(bytes({ world, ...ground }), "latin1");
      return (
        await Promise.all(services.map((name) => sendRaw(world.place.serviceUrls[name], bytesOf)))
      ).flat();
    },
    // Node answers, without a body.
    refusal: [400, undefined as never],
    audited: noRouteSaw,
  }));

const pipelined: Row = {
  title: "a second request behind one that is refused as malformed: is not carried out",
  send: (ground) =>
    sendRaw(
      ground.world.place.gatewayUrl,
      `${change(ground, ["Transfer-Encoding: x", `Content-Length: 2`], "{}")}${hidden(ground)}`,
    ),
  refusal: [400, "request/malformed"],
  audited: () => ({ action: "unknown-route", actor: null, service: "gateway" }),
};

const tooLarge: Row[] = [
  {
    title: "a second request behind a body that is larger than it may be: is not carried out",
    send: (ground) =>
      sendRaw(
        ground.world.place.gatewayUrl,
        `${change(ground, ["Content-Length: 70000"], "{}")}${hidden(ground)}`,
      ),
    refusal: [413, "request/body-too-large"],
    audited: ({ world }) => ({ action: "changeProfile", actor: world.people.customer.userId }),
  },
  {
    title: "a second request inside a body that is refused for its coding: is not carried out",
    send: (ground) =>
      sendRaw(
        ground.world.place.gatewayUrl,
        change(
          ground,
          ["Content-Encoding: gzip", `Content-Length: ${hidden(ground).length}`],
          hidden(ground),
        ),
      ),
    refusal: [415, "request/unsupported-media-type"],
    audited: ({ world }) => ({ action: "changeProfile", actor: world.people.customer.userId }),
  },
  {
    title: "a header of 20 kB",
    send: (ground) => sendRaw(ground.world.place.gatewayUrl, read(ground, `X-A: ${"b".repeat(20_000)}`)),
    refusal: [431, "request/malformed"],
    audited: () => ({ action: "unknown-route", actor: null, service: "gateway" }),
  },
  {
    title: "two thousand headers of nothing",
    send: (ground) =>
      sendRaw(
        ground.world.place.gatewayUrl,
        read(ground, ...Array.from({ length: 5_000 }, (_, at) => `X-${at}: b`)),
      ),
    refusal: [431, "request/malformed"],
    audited: () => ({ action: "unknown-route", actor: null, service: "gateway" }),
  },
  {
    title: "a path of 10 kB",
    send: (ground) =>
      send({
        method: "get",
        url: `${ground.world.place.gatewayUrl}/v1/users/${"a".repeat(10_000)}`,
        headers: bearer(tokenOf(ground)),
      }),
    refusal: [404, "route/not-found"],
    audited: { not: "an address that is none is no attempt at anything: the whole Internet asks for such" },
  },
  {
    title: "CRLF that is encoded, in a path and a query",
    send: ({ world }) =>
      Promise.all(
        ["/v1/bookings/%0d%0aX-User-Id:%20admin", "/v1%0d%0aHost:%20b/users?a=%0d%0aX-User-Id:%20admin"].map(
          (path) => send({ method: "get", url: `${world.place.gatewayUrl}${path}` }),
        ),
      ),
    refusal: [404, "route/not-found"],
    audited: { not: "an address that is none is no attempt at anything: the whole Internet asks for such" },
  },
];

describeAttacks<RouteGround>({
  family: "transport",
  atLeast: 60,
  enter: async () => {
    const ground = await enterRoutes();
    slow ??= sendSlowly(ground);
    return ground;
  },
  attacks: [...atGateway, ...atServices, ...oldAtService, pipelined, ...tooLarge],
});

describe("what is well-formed, and meant ill,", () => {
  let ground: RouteGround;
  beforeAll(async () => {
    ground = await enterRoutes();
  });
  afterAll(() => ground?.[Symbol.asyncDispose]());

  const gateway = (bytes: string) => sendRaw(ground.world.place.gatewayUrl, bytes);
  const statuses = (answers: readonly Answered[]) => answers.map(({ status }) => status);
  const adminId = () => ground.world.people.admin.userId;

  test("is nobody else by any Host, Connection or forged header", async () => {
    const before = await quietFingerprint(ground.sql);
    const told = [
      ["Host: 127.0.0.1:1", "Connection: close"],
      ["Host: internal", "X-Forwarded-Host: evil.example", "Connection: close"],
      ["Host: a", "Connection: X-User-Id, close", `X-User-Id: ${adminId()}`],
      ["Host: a", "Connection: Authorization, close"],
      ["Host: a", "Connection: X-Forwarded-For, X-Request-Id, close", "X-Forwarded-For: 127.0.0.1"],
      ["Host: a", "Expect: 100-continue", "Connection: close"],
      [
        "Host: a",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
        "Connection: Upgrade, HTTP2-Settings, close",
      ],
      ["Host: a", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Connection: Upgrade, close"],
    ].map((headers) => gateway(lines("GET /v1/me HTTP/1.1", ...headers, auth(ground), "", "")));
    for (const answers of await Promise.all(told)) {
      const [first] = answers.filter(({ status }) => status >= 200);
      expect(first?.status).toBe(200);
      expect(JSON.parse(first?.text ?? "")).toMatchObject({ userId: ground.world.people.customer.userId });
    }
    expect(changedTables(before, await fingerprint(ground.sql))).toEqual([]);
  });

  test("is no tunnel: CONNECT and an authority as target lead nowhere", async () => {
    for (const target of ["127.0.0.1:5432", "evil.example:443"]) {
      const answers = await gateway(lines(`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, "", ""));
      expect(statuses(answers).filter((status) => status < 400)).toEqual([]);
    }
  });

  test("takes a chunk's extension and trailers for nothing", async () => {
    const answers = await gateway(
      change(
        ground,
        ["Transfer-Encoding: chunked", "Trailer: X-User-Id", "Connection: close"],
        lines(
          '9;note="\u0000GET /internal"'.replace("\u0000", ""),
          '{"no":1}',
          "0",
          `X-User-Id: ${adminId()}`,
          "",
          "",
        ),
      ).replace('{"no":1}', '{"no": 1}'),
    );
    expect(answers.map(({ status, code }) => [status, code])).toEqual([[400, "request/invalid"]]);
  });

  test("of HTTP/1.0 is answered and the connection closed", async () => {
    const answers = await gateway(lines("GET /v1/me HTTP/1.0", "Host: a", auth(ground), "", ""));
    expect(statuses(answers)).toEqual([200]);
  });

  test("is a request of its own behind a refused one, and refused for itself", async () => {
    const first = lines("GET /v1/users HTTP/1.1", "Host: a", auth(ground), "", "");
    const second = lines(
      "GET /internal/contacts HTTP/1.1",
      "Host: a",
      auth(ground),
      "Connection: close",
      "",
      "",
    );
    const answers = await gateway(first + second);
    expect(answers.map(({ code }) => code)).toEqual(["auth/forbidden", "route/not-found"]);
  });

  test("gets no header of its own into an answer", async () => {
    const evil = "x\r\nSet-Cookie: a=b";
    const answers = await Promise.all([
      send({
        method: "get",
        url: `${ground.world.place.gatewayUrl}/v1/me?a=${encodeURIComponent(evil)}`,
        headers: bearer(tokenOf(ground)),
      }),
      send({
        method: "get",
        url: `${ground.world.place.gatewayUrl}/v1/bookings?limit=1&from=${encodeURIComponent(evil)}`,
        headers: bearer(tokenOf(ground)),
      }),
      send({
        method: "get",
        url: `${ground.world.place.gatewayUrl}/v1/me`,
        headers: {
          ...bearer(tokenOf(ground)),
          "x-request-id": "<script>alert(1)</script>",
          origin: "https://evil.example",
        },
      }),
    ]);
    for (const { headers, text } of answers) {
      expect(headers.get("set-cookie")).toBeNull();
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(text).not.toContain("<script>");
      expect(headers.get("x-request-id")).not.toContain("<");
    }
  });

  test("is not waited for: a head that never ends is answered 408 by gateway and services, and the connection closed", async () => {
    const answers = await slow;
    expect(answers?.map(statuses)).toEqual([[408], [408]]);
  });
});
