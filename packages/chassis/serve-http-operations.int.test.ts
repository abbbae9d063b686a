import { afterAll, beforeAll, expect, test } from "vitest";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { createClock } from "./clock.ts";
import { handle, type ServedEndpoint } from "./endpoint.ts";
import { keepAudit } from "./kept-audit.fixture.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import { serveHttp, type HttpServer } from "./serve-http.ts";
import { noTelemetry } from "./telemetry.ts";
import { createTokenVerifier } from "./tokens.ts";

const logged: string[] = [];
let databaseUp = true;
let signer: TokenSigner;
let server: HttpServer;
let base: string;

/** An endpoint that fails with that error. */
function failing(path: `/${string}`, error: Error) {
  const answers = { status: 200, description: "" };
  const endpoint: ServedEndpoint = {
    name: path,
    method: "get",
    path,
    summary: "",
    access: "public",
    answers,
  };
  return handle(endpoint, () => {
    throw error;
  });
}

beforeAll(async () => {
  signer = await startTokenSigner();
  const readiness = createReadiness();
  readiness.require("database", () => databaseUp);
  server = await serveHttp({
    name: "things",
    routes: [
      failing("/v1/bug", new TypeError("the inside must not be seen")),
      failing("/v1/outage", Object.assign(new Error("terminating connection"), { code: "57P01" })),
    ],
    audit: keepAudit(),
    tokens: createTokenVerifier({
      jwksUrl: `${signer.url}/.well-known/jwks.json`,
      issuer: signer.issuer,
      audience: signer.audience,
    }),
    log: createLogger("things", "debug", { write: (line) => void logged.push(line) }),
    metrics: createMetrics("things", { defaults: false }),
    telemetry: noTelemetry(),
    readiness,
    clock: createClock({ test: true }),
    host: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${server.port}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await signer[Symbol.asyncDispose]();
});

async function refusal(response: Response | Promise<Response>) {
  const settled = await response;
  expect(settled.headers.get("content-type")).toBe("application/problem+json");
  return (await settled.json()) as Record<string, unknown>;
}

test("a bug is a blank 500, with its stack in the log under the same trace id", async () => {
  const response = await fetch(`${base}/v1/bug`);
  const text = await response.clone().text();
  expect(text).not.toContain("inside");
  const problem = await refusal(response);
  expect(problem).toMatchObject({ status: 500, code: "internal/error" });
  const line = logged.find((each) => each.includes("the inside must not be seen"));
  expect(JSON.parse(line ?? "{}")).toMatchObject({
    level: "error",
    traceId: problem["traceId"],
    status: 500,
  });
  expect(line).toContain("serve-http-operations.int.test.ts");
});

test("an outage of Postgres is 503 with Retry-After", async () => {
  const response = await fetch(`${base}/v1/outage`);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await refusal(response)).toMatchObject({ status: 503, code: "service/unavailable" });
});

test("tells that it is alive, whether it is ready, and its metrics by route and status", async () => {
  await fetch(`${base}/v1/outage`);
  expect((await fetch(`${base}/livez`)).status).toBe(200);
  expect((await fetch(`${base}/readyz`)).status).toBe(200);
  databaseUp = false;
  const unready = await fetch(`${base}/readyz`);
  databaseUp = true;
  expect([unready.status, await unready.json()]).toEqual([
    503,
    { ready: false, checks: { database: "down" } },
  ]);
  const metrics = await (await fetch(`${base}/metrics`)).text();
  expect(metrics).toMatch(
    /http_server_request_duration_seconds_count\{[^}]*method="GET",route="\/v1\/outage",status="503"[^}]*\} [1-9]/,
  );
});

test("the test clock is moved forward by services and admins alone", async () => {
  const move = (now: string, headers: Record<string, string>) =>
    fetch(`${base}/internal/test-clock`, {
      method: "PUT",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ now }),
    });
  const asService = signer.authorization({ userId: "svc:gateway", roles: ["service"] });
  const far = Temporal.Now.instant().add({ hours: 48 }).toString();
  expect((await move(far, {})).status).toBe(401);
  expect((await move(far, signer.authorization({ roles: ["vendor"] }))).status).toBe(403);
  expect((await move(far, asService)).status).toBe(204);
  expect(await refusal(move("2020-01-01T00:00:00Z", asService))).toMatchObject({ code: "clock/backwards" });
  const { now } = (await (await fetch(`${base}/internal/test-clock`, { headers: asService })).json()) as {
    now: string;
  };
  expect(Temporal.Instant.compare(now, far)).toBeGreaterThanOrEqual(0);
});
