import { Agent, request, type IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTokenSigner, type TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { answer, handle } from "./endpoint.ts";
import { keepAudit } from "./kept-audit.fixture.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import { serveHttp, type HttpServer } from "./serve-http.ts";
import { noTelemetry } from "./telemetry.ts";
import { createTokenVerifier } from "./tokens.ts";

let signer: TokenSigner;
let server: HttpServer;
let entered: PromiseWithResolvers<AbortSignal>;
let released: PromiseWithResolvers<void>;
let agent: Agent;

beforeEach(async () => {
  signer = await startTokenSigner();
  entered = Promise.withResolvers();
  released = Promise.withResolvers();
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const described = {
    method: "get",
    summary: "",
    access: "public",
    answers: { status: 200, description: "" },
  } as const;
  server = await serveHttp({
    name: "slow",
    routes: [
      handle({ ...described, name: "slow", path: "/slow" }, async (call) => {
        entered.resolve(call.signal);
        await released.promise;
        return answer("slow");
      }),
      handle({ ...described, name: "quick", path: "/quick" }, () => answer("quick")),
    ],
    audit: keepAudit(),
    tokens: createTokenVerifier({ jwksUrl: signer.url, issuer: signer.issuer, audience: signer.audience }),
    log: createLogger("slow", "silent"),
    metrics: createMetrics("slow", { defaults: false }),
    telemetry: noTelemetry(),
    readiness: createReadiness(),
    host: "127.0.0.1",
    port: 0,
    drainTimeoutMs: 300,
  });
});

afterEach(async () => {
  released.resolve();
  agent.destroy();
  await server[Symbol.asyncDispose]();
  await signer[Symbol.asyncDispose]();
});

async function get(path: string, through?: Agent) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: server.port, path, agent: through ?? false }, resolve);
    sent.on("error", reject).end();
  });
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, connection: response.headers.connection, body };
}

test("a request in hand is finished, and draining waits for it", async () => {
  const slow = get("/slow");
  await entered.promise;
  let drained = false;
  const draining = server.drain().then(() => (drained = true));
  await expect(get("/quick")).rejects.toThrow("ECONNREFUSED");
  expect(drained).toBe(false);
  released.resolve();
  expect(await slow).toMatchObject({ status: 200, body: '"slow"', connection: "close" });
  await draining;
});

test("a new request on a connection kept alive is told to go elsewhere, and the connection closed", async () => {
  expect(await get("/quick", agent)).toMatchObject({ status: 200, connection: "keep-alive" });
  await server.drain();
  const refused = await get("/quick", agent);
  expect(refused).toMatchObject({ status: 503, connection: "close" });
  expect(JSON.parse(refused.body)).toMatchObject({ code: "service/draining", instance: "/quick" });
});

test("a request that never ends does not hold up the end", async () => {
  const slow = get("/slow").catch((error: NodeJS.ErrnoException) => error.code);
  await entered.promise;
  const startedAt = performance.now();
  await server[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect(await slow).toBe("ECONNRESET");
});

test("a handler is told when its client has gone away", async () => {
  const sent = request({ host: "127.0.0.1", port: server.port, path: "/slow", agent: false });
  sent.on("error", () => {});
  sent.end();
  const signal = await entered.promise;
  expect(signal.aborted).toBe(false);
  sent.destroy();
  await expect.poll(() => signal.aborted, { timeout: 3_000 }).toBe(true);
});
