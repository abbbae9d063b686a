import type { AuditReport } from "@holdfast/contracts/api/audit";
import { newId } from "@holdfast/contracts/ids";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type AuditNote, openAuditSink, type OpenAuditSink, reportToAuth, ReportsRefused } from "./audit.ts";
import { answer, handle, type ServedEndpoint } from "./endpoint.ts";
import { createLogger } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { defineProblem } from "./problem.ts";
import { createReadiness } from "./readiness.ts";
import { type HttpServer, serveHttp } from "./serve-http.ts";
import { createServiceTokenSource } from "./service-token.ts";
import { noTelemetry } from "./telemetry.ts";
import { createTokenVerifier } from "./tokens.ts";

const log = createLogger("booking", "silent");
const thingGone = defineProblem("thing/not-found", 404, "The thing is not there.");
const thingTaken = defineProblem("thing/taken", 409, "The thing is taken.");
const stolen = newId("bkg");
const userId = newId("usr");

const opened = new AsyncDisposableStack();
let signer: TokenSigner;
let server: HttpServer;
let handled = 0;

function endpoint(
  of: Pick<ServedEndpoint, "name" | "method" | "path" | "access"> & Partial<ServedEndpoint>,
): ServedEndpoint {
  return { summary: "", answers: { status: 200, description: "" }, ...of };
}

const bookingId = z.object({ bookingId: z.string() });
const routes = [
  handle(
    endpoint({
      name: "getThing",
      method: "get",
      path: "/v1/things/{bookingId}",
      access: "booking:read:own",
      params: bookingId,
    }),
    () => {
      throw thingGone();
    },
  ),
  handle(
    endpoint({
      name: "addThing",
      method: "post",
      path: "/v1/things",
      access: "public",
      body: z.strictObject({ name: z.string() }),
    }),
    () => answer({}),
  ),
  handle(
    endpoint({
      name: "repairThing",
      method: "post",
      path: "/v1/things/{bookingId}/repair",
      access: "operations:repair:any",
      params: bookingId,
    }),
    ({ params }) => {
      handled += 1;
      if ((params as { bookingId: string }).bookingId === stolen) throw thingTaken();
      return answer({});
    },
  ),
  handle(
    endpoint({ name: "listThings", method: "get", path: "/v1/all-things", access: "operations:read:any" }),
    () => answer({}),
  ),
];

function openSink(metrics: Metrics, write = reporter()): OpenAuditSink {
  return openAuditSink({ service: "booking", write, log, metrics });
}

function reporter() {
  const tokens = createServiceTokenSource({ authUrl: signer.url, name: "booking", secret: "secret" });
  return reportToAuth({ authUrl: signer.url, tokens });
}

beforeAll(async () => {
  signer = opened.use(await startTokenSigner());
  const metrics = createMetrics("booking", { defaults: false });
  const audit = opened.use(openSink(metrics));
  server = opened.use(
    await serveHttp({
      name: "booking",
      routes,
      tokens: createTokenVerifier({ ...signer, jwksUrl: `${signer.url}/.well-known/jwks.json` }),
      audit,
      log,
      metrics,
      telemetry: noTelemetry(),
      readiness: createReadiness(),
      host: "127.0.0.1",
      port: 0,
    }),
  );
});
afterAll(() => opened.disposeAsync());
beforeEach(() => {
  signer.audited.length = 0;
  signer.isDown = false;
  handled = 0;
});

async function call(
  request: `${"GET" | "POST"} /${string}`,
  options: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<number> {
  const [method = "", path = ""] = request.split(" ");
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    headers: { "content-type": "application/json", ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  await response.body?.cancel();
  return response.status;
}

const told = (count: number) =>
  until(`${count} entries`, async () => (signer.audited.length >= count ? signer.audited : undefined));

test("a refusal is told with who, what and from where, and how often it came within a second", async () => {
  const as = signer.authorization({
    userId,
    roles: ["customer"],
    sessionId: "ses_01h455vb4pex5vsknk084sn02q",
  });
  const headers = { ...as, "x-forwarded-for": "192.0.2.77", "x-request-id": "request-1" };
  const path = `GET /v1/things/${stolen}` as const;
  expect([await call(path, { headers }), await call(path, { headers })]).toEqual([404, 404]);
  const times = () => signer.audited.reduce((sum, entry) => sum + entry.times, 0);
  const [entry] = await until("both to be told", async () => (times() >= 2 ? signer.audited : undefined));
  // The second at which they are sent may lie between the two.
  expect(times()).toBe(2);
  expect(entry).toEqual({
    entryId: expect.stringMatching(/^aud_/),
    at: expect.stringMatching(/Z$/),
    kind: "refusal",
    service: "booking",
    action: "getThing",
    outcome: "thing/not-found",
    actor: userId,
    sessionId: "ses_01h455vb4pex5vsknk084sn02q",
    keyId: null,
    targets: [stolen],
    network: "192.0.2.0/24",
    requestId: "request-1",
    times: expect.any(Number),
  });
});

test("tells of who may not, of no token and of a bad one, of what is malformed and of smuggled members, and of nothing else", async () => {
  const as = signer.authorization({ userId, roles: ["customer"] });
  expect(await call("GET /v1/all-things", { headers: as })).toBe(403);
  expect(await call("GET /v1/all-things")).toBe(401);
  expect(await call("GET /v1/all-things", { headers: { authorization: "Bearer e30.e30.e30" } })).toBe(401);
  expect(await call("POST /v1/things", { body: "{" })).toBe(400);
  expect(await call("POST /v1/things", { body: '{"name":"a","role":"admin"}' })).toBe(400);
  // What is merely wrong, an unknown address, an unknown thing of nobody's, and what went well.
  expect(await call("POST /v1/things", { body: "{}" })).toBe(400);
  expect(await call("GET /v1/nothing", { headers: as })).toBe(404);
  expect(await call("POST /v1/things", { body: '{"name":"a"}' })).toBe(200);
  const entries = await told(5);
  expect(entries.map(({ action, outcome, actor }) => [action, outcome, actor])).toEqual([
    ["listThings", "auth/forbidden", userId],
    ["listThings", "auth/token-missing", null],
    ["listThings", "auth/token-invalid", null],
    ["addThing", "request/malformed-json", null],
    ["addThing", "request/invalid", null],
  ]);
});

test("what an administrator changes is written before it is done, and its outcome after", async () => {
  const as = signer.authorization({ userId, roles: ["admin"] });
  const target = newId("bkg");
  expect(await call(`POST /v1/things/${target}/repair`, { headers: as })).toBe(200);
  expect(signer.audited.map(({ kind, outcome, targets }) => [kind, outcome, targets])).toEqual([
    ["action", "begun", [target]],
  ]);
  expect(await call(`POST /v1/things/${stolen}/repair`, { headers: as })).toBe(409);
  const entries = await told(4);
  expect(entries.map(({ action, outcome }) => `${action} ${outcome}`).toSorted()).toEqual([
    "repairThing begun",
    "repairThing begun",
    "repairThing done",
    "repairThing thing/taken",
  ]);
  // Looking changes nothing and is not recorded.
  expect(await call("GET /v1/all-things", { headers: as })).toBe(200);
  expect(signer.audited).toHaveLength(4);
});

test("while the log cannot be written nothing is changed for others, and refusals are kept until it can", async () => {
  const as = signer.authorization({ userId, roles: ["admin"] });
  signer.isDown = true;
  expect(await call(`POST /v1/things/${stolen}/repair`, { headers: as })).toBe(503);
  expect(handled).toBe(0);
  expect(await call("GET /v1/all-things", { headers: as })).toBe(200);
  const guest = signer.authorization({ userId, roles: ["customer"] });
  expect(await call("GET /v1/all-things", { headers: guest })).toBe(403);
  signer.isDown = false;
  const entries = await told(1);
  expect(entries.map(({ outcome }) => outcome)).toEqual(["auth/forbidden"]);
});

function noteOf(action: string): AuditNote {
  return {
    kind: "refusal",
    action,
    outcome: "auth/forbidden",
    actor: null,
    sessionId: null,
    keyId: null,
    targets: [],
    network: null,
    requestId: null,
  };
}

async function dropped(metrics: Metrics): Promise<string[]> {
  const text = await metrics.expose();
  return text.split("\n").filter((line) => line.startsWith("audit_entries_dropped_total{"));
}

test("a flood of different things is bounded, and what was dropped is counted", async () => {
  const metrics = createMetrics("booking", { defaults: false });
  const written: AuditReport[] = [];
  const sink = openSink(metrics, async (reports) => void written.push(...reports));
  for (let number = 0; number < 1_007; number += 1) sink.note(noteOf(`action-${number}`));
  await sink.drain();
  expect(written).toHaveLength(1_000);
  expect(await dropped(metrics)).toEqual([
    'audit_entries_dropped_total{reason="gathering",service="booking"} 7',
  ]);
});

test("draining sends what there is, once each, and counts what cannot be sent any more", async () => {
  const metrics = createMetrics("booking", { defaults: false });
  const sink = openSink(metrics);
  sink.note(noteOf("one"));
  sink.note(noteOf("two"));
  await sink.drain();
  expect(signer.audited.map(({ action }) => action)).toEqual(["one", "two"]);

  signer.isDown = true;
  const late = openSink(metrics);
  late.note(noteOf("three"));
  await late.drain();
  expect(await dropped(metrics)).toEqual([
    'audit_entries_dropped_total{reason="shutdown",service="booking"} 1',
  ]);
});

test("draining waits no longer than its bound for a log that does not answer", async () => {
  const sink = openSink(createMetrics("booking", { defaults: false }), () => new Promise(() => undefined));
  sink.note(noteOf("one"));
  const startedAt = performance.now();
  await sink.drain();
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

test("entries that will never be taken do not hold up the others", async () => {
  const metrics = createMetrics("booking", { defaults: false });
  let refused = 0;
  const sink = openSink(metrics, async () => {
    refused += 1;
    throw new ReportsRefused("no");
  });
  for (let number = 0; number < 200; number += 1) sink.note(noteOf(`action-${number}`));
  await sink.drain();
  expect(refused).toBe(2);
  expect(await dropped(metrics)).toEqual([
    'audit_entries_dropped_total{reason="refused",service="booking"} 200',
  ]);
});
