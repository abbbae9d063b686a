import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { answer, answerAs, callerOf, handle, noContent, type ServedEndpoint } from "./endpoint.ts";
import { keepAudit } from "./kept-audit.fixture.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { defineProblem } from "./problem.ts";
import { createReadiness } from "./readiness.ts";
import { serveHttp, type HttpServer } from "./serve-http.ts";
import { noTelemetry } from "./telemetry.ts";
import { createTokenVerifier } from "./tokens.ts";

const thing = z.strictObject({
  name: z.string().min(1),
  items: z.array(z.object({ startsAt: z.iso.datetime() })).max(3),
});
const createThing = {
  name: "createThing",
  method: "post",
  path: "/v1/things",
  summary: "Make a thing",
  access: "booking:create:own",
  idempotencyKey: "required",
  preferWait: true,
  maxBodyBytes: 1_000,
  query: z.object({ dryRun: z.enum(["true", "false"]).optional() }),
  body: thing,
  answers: { status: 201, description: "The thing", body: z.unknown() },
} as const satisfies ServedEndpoint;

function get<P extends `/${string}`, A extends ServedEndpoint["access"]>(path: P, access: A) {
  return {
    name: path,
    method: "get",
    path,
    summary: "",
    access,
    answers: { status: 200, description: "" },
  } as const;
}

const thingGone = defineProblem("thing/gone", 410, "The thing is gone.");

const bytes = Uint8Array.of(0x25, 0x50, 0xff, 0x00);
const routes = [
  handle(createThing, (call) =>
    answer(
      {
        name: call.body.name,
        by: callerOf(call).userId,
        key: call.idempotencyKey,
        wait: call.waitSeconds,
        traceparent: call.traceparent,
        dryRun: call.query.dryRun ?? null,
      },
      { headers: { location: "/v1/things/1" } },
    ),
  ),
  handle(
    { ...get("/v1/things/{thingId}", "public"), params: z.object({ thingId: z.string().max(9) }) },
    (call) => answer({ id: call.params.thingId, by: call.caller?.userId ?? null }),
  ),
  handle(get("/v1/things/mine", "public"), () => answer("mine")),
  handle(get("/v1/gone", "public"), () => {
    throw thingGone("It went.", { extra: { since: "today" } });
  }),
  handle(get("/internal/things", "service"), () => noContent()),
  handle({ ...get("/v1/text", "public"), contentType: "text/calendar" }, () => answer("BEGIN:VCALENDAR")),
  handle({ ...get("/v1/bytes", "public"), alsoAs: ["application/pdf"] }, () =>
    answerAs({ type: "application/pdf", data: bytes }, { headers: { vary: "accept" } }),
  ),
  handle({ ...get("/v1/hook", "public"), method: "post", rawBody: true }, (call) =>
    answer({
      raw: Buffer.from(call.rawBody).toString("latin1"),
      signature: call.headers("x-signature") ?? null,
    }),
  ),
];

let signer: TokenSigner;
let server: HttpServer;
let base: string;

beforeAll(async () => {
  signer = await startTokenSigner();
  server = await serveHttp({
    name: "things",
    routes,
    audit: keepAudit(),
    tokens: createTokenVerifier({
      jwksUrl: `${signer.url}/.well-known/jwks.json`,
      issuer: signer.issuer,
      audience: signer.audience,
    }),
    log: createLogger("things", "silent"),
    metrics: createMetrics("things", { defaults: false }),
    telemetry: noTelemetry(),
    readiness: createReadiness(),
    host: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${server.port}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await signer[Symbol.asyncDispose]();
});

const right = { name: "court", items: [{ startsAt: "2026-12-01T15:00:00Z" }] };

function post(body: unknown, headers: Record<string, string> = {}, path = "/v1/things"): Promise<Response> {
  return fetch(base + path, {
    method: "POST",
    headers: {
      ...signer.authorization({ roles: ["customer"] }),
      "content-type": "application/json",
      "idempotency-key": "key-1",
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function refusal(response: Response | Promise<Response>) {
  const settled = await response;
  expect(settled.headers.get("content-type")).toBe("application/problem+json");
  return (await settled.json()) as Record<string, unknown>;
}

/** Sends bytes as they are, and gives what comes back until the connection ends. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no end after: ${received}`)));
    socket.on("data", (chunk) => (received += chunk.toString()));
    socket.on("close", () => resolve(received));
    socket.on("error", reject);
  });
}

describe("an accepted request", () => {
  test("reaches its handler with what the schemas made of it", async () => {
    const response = await post(right, { prefer: "wait=99" }, "/v1/things?dryRun=true");
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/v1/things/1");
    expect(await response.json()).toMatchObject({ name: "court", key: "key-1", wait: 30, dryRun: "true" });
  });

  test("continues the caller's trace and echoes its request id", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const response = await post(right, { traceparent, "x-request-id": "request-12345" });
    expect(response.headers.get("x-request-id")).toBe("request-12345");
    expect(await response.json()).toMatchObject({ traceparent });
  });

  test("is given an id where its own is not safe to echo", async () => {
    const response = await post(right, { "x-request-id": 'a "bad" one' });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
  });

  test("may be answered with text or bytes, and its literal address wins over a parameter", async () => {
    const calendar = await fetch(`${base}/v1/text`);
    expect(calendar.headers.get("content-type")).toBe("text/calendar");
    expect(await calendar.text()).toBe("BEGIN:VCALENDAR");
    const file = await fetch(`${base}/v1/bytes`);
    expect(["content-type", "vary"].map((name) => file.headers.get(name))).toEqual([
      "application/pdf",
      "accept",
    ]);
    expect(await file.bytes()).toEqual(bytes);
    expect(await (await fetch(`${base}/v1/things/mine`)).json()).toBe("mine");
  });

  test("may hand its body over as received", async () => {
    const response = await post(
      '{"a" :1}',
      { "content-type": "application/x-odd", "x-signature": "s" },
      "/v1/hook",
    );
    expect(await response.json()).toEqual({ raw: '{"a" :1}', signature: "s" });
  });

  test("answers HEAD without a body, and OPTIONS with the methods", async () => {
    const head = await fetch(`${base}/v1/things/1`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const options = await fetch(`${base}/v1/things`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
  });
});

describe("refuses", () => {
  test("an invalid request, naming every issue of body and query", async () => {
    const body = { name: "", items: [{ startsAt: "soon" }], colour: "red", size: 1 };
    const problem = await refusal(post(body, {}, "/v1/things?dryRun=perhaps"));
    expect(problem).toMatchObject({ status: 400, code: "request/invalid", instance: "/v1/things" });
    expect((problem["errors"] as { field: string }[]).map(({ field }) => field).toSorted()).toEqual([
      "colour",
      "dryRun",
      "items.0.startsAt",
      "name",
      "size",
    ]);
  });

  test.each([
    ["malformed JSON", "{", {}, 400, "request/malformed-json"],
    [
      "another media type",
      "a=1",
      { "content-type": "application/x-www-form-urlencoded" },
      415,
      "request/unsupported-media-type",
    ],
    [
      "a type that only starts like JSON",
      "{}",
      { "content-type": "application/jsonp" },
      415,
      "request/unsupported-media-type",
    ],
    ["a compressed body", "{}", { "content-encoding": "gzip" }, 415, "request/unsupported-media-type"],
    ["a body over the limit", `"${"x".repeat(1_000)}"`, {}, 413, "request/body-too-large"],
    ["no body", "", {}, 400, "request/invalid"],
    ["an empty Idempotency-Key", right, { "idempotency-key": "" }, 400, "request/idempotency-key-missing"],
    [
      "a long Idempotency-Key",
      right,
      { "idempotency-key": "x".repeat(256) },
      400,
      "request/idempotency-key-missing",
    ],
    ["a token that does not verify", right, { authorization: "Bearer abc" }, 401, "auth/token-invalid"],
    ["another scheme", right, { authorization: "Basic abc" }, 401, "auth/token-invalid"],
  ])("%s", async (_, body, headers, status, code) => {
    expect(await refusal(post(body, headers as Record<string, string>))).toMatchObject({ status, code });
  });

  test("a caller without a token, or whose roles do not grant it", async () => {
    const bare = await fetch(`${base}/v1/things`, { method: "POST" });
    expect(bare.headers.get("www-authenticate")).toBe("Bearer");
    expect(await refusal(bare)).toMatchObject({ status: 401, code: "auth/token-missing" });
    const asService = signer.authorization({ userId: "svc:booking", roles: ["service"] });
    expect(await refusal(post(right, asService))).toMatchObject({ status: 403, code: "auth/forbidden" });
    const asAdmin = { headers: signer.authorization({ roles: ["admin"] }) };
    expect(await refusal(fetch(`${base}/internal/things`, asAdmin))).toMatchObject({ status: 403 });
    expect((await fetch(`${base}/internal/things`, { headers: asService })).status).toBe(204);
  });

  test("a body that grows past the limit without having said so, and ends the connection", async () => {
    const chunk = `400\r\n${"x".repeat(0x400)}\r\n`;
    const answered = await sendRaw(
      `POST /v1/hook HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(100)}0\r\n\r\n`,
    );
    expect(answered).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*request\/body-too-large/i);
  });

  test("an unknown address, and a method the address does not take", async () => {
    expect(await refusal(fetch(`${base}/v1/nothing`))).toMatchObject({
      status: 404,
      code: "route/not-found",
    });
    const wrongMethod = await fetch(`${base}/v1/things/1`, { method: "DELETE" });
    expect(wrongMethod.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    expect(await refusal(wrongMethod)).toMatchObject({ status: 405, code: "route/method-not-allowed" });
  });

  test("NUL characters in an address, and a request without a host", async () => {
    expect(await refusal(fetch(`${base}/v1/things/%00`))).toMatchObject({
      status: 400,
      code: "request/invalid",
    });
    expect(await sendRaw("GET /v1/text HTTP/1.0\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*request\/malformed/,
    );
  });
});

test("a public endpoint treats a token that does not verify as none, and a valid one as the caller", async () => {
  const asNobody = await fetch(`${base}/v1/things/1`, { headers: { authorization: "Bearer abc" } });
  expect(await asNobody.json()).toEqual({ id: "1", by: null });
  const headers = signer.authorization({ userId: "usr_01h455vb4pex5vsknk084sn02q", roles: ["customer"] });
  expect(await (await fetch(`${base}/v1/things/1`, { headers })).json()).toEqual({
    id: "1",
    by: "usr_01h455vb4pex5vsknk084sn02q",
  });
});

test("a problem is told in its own words", async () => {
  expect(await refusal(fetch(`${base}/v1/gone`))).toMatchObject({
    status: 410,
    code: "thing/gone",
    detail: "It went.",
    since: "today",
  });
});
