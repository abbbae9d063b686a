/** The gateway's composition root: opens what it needs and wires it. It owns no data and is on no bus. */
import { openAuditSink, reportToAuth } from "@holdfast/chassis/audit";
import { createLogger, type Logger } from "@holdfast/chassis/log";
import { createMetrics } from "@holdfast/chassis/metrics";
import { createRateLimiter } from "@holdfast/chassis/rate-limit";
import { createReadiness } from "@holdfast/chassis/readiness";
import { connectRedis, type RedisClient } from "@holdfast/chassis/redis";
import { watchRevocations } from "@holdfast/chassis/revocations";
import type { RunningService } from "@holdfast/chassis/run";
import { createServiceTokenSource } from "@holdfast/chassis/service-token";
import { startTelemetry } from "@holdfast/chassis/telemetry";
import { createTokenVerifier, type TokenVerifier } from "@holdfast/chassis/tokens";
import type { ServiceName } from "@holdfast/contracts/define-endpoint";
import type { GatewayConfig } from "./config.ts";
import type { Admission } from "./edge/admit.ts";
import { createApiKeys } from "./edge/api-keys.ts";
import { trustProxies } from "./edge/client-address.ts";
import { createCors } from "./edge/cors.ts";
import { rateRules } from "./edge/rate-limits.ts";
import { createGateway } from "./gateway.ts";
import { createPages } from "./pages/own-pages.ts";
import { createOpenStreams } from "./proxy/open-streams.ts";
import { securityHeaders } from "./proxy/response-headers.ts";
import { createUpstream, type Upstream } from "./proxy/upstream.ts";
import { routes } from "./routes.ts";
import { createRouteMatcher } from "./routing/match-route.ts";
import { serveGateway } from "./serve-gateway.ts";
import type { TestClock } from "./test-clock/answer-test-clock.ts";

const name = "gateway";

function openUpstreams(
  config: GatewayConfig,
  log: Logger,
  stack: AsyncDisposableStack,
): Record<ServiceName, Upstream> {
  const open = (service: ServiceName, urls: readonly string[]) =>
    stack.use(createUpstream(service, urls, log));
  return {
    auth: open("auth", config.AUTH_URL),
    catalog: open("catalog", config.CATALOG_URL),
    booking: open("booking", config.BOOKING_URL),
    payment: open("payment", config.PAYMENT_URL),
    notification: open("notification", config.NOTIFICATION_URL),
  };
}

function checkTokens(
  config: GatewayConfig,
  { redis, log, stack }: { redis: RedisClient; log: Logger; stack: AsyncDisposableStack },
): TokenVerifier {
  const tokens = createTokenVerifier({
    jwksUrl: new URL("/.well-known/jwks.json", config.AUTH_URL[0]).href,
    issuer: config.TOKEN_ISSUER,
    audience: config.TOKEN_AUDIENCE,
    revocations: stack.use(watchRevocations({ redis, log })),
  });
  const closing = new AbortController();
  stack.defer(() => closing.abort());
  void tokens.fetchAhead(closing.signal);
  return tokens;
}

/** Starts the gateway; rejects when its port cannot be had. It is ready whether or not services and Redis are up. */
export async function startGateway(config: GatewayConfig): Promise<RunningService> {
  await using stack = new AsyncDisposableStack();
  const log = createLogger(name, config.LOG_LEVEL);
  const metrics = createMetrics(name);
  const readiness = createReadiness();
  const telemetry = stack.use(
    await startTelemetry({ name, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, log }),
  );
  const redis = stack.use(connectRedis({ url: config.REDIS_URL, log, metrics }));
  const upstreams = openUpstreams(config, log, stack);
  const tokens = checkTokens(config, { redis, log, stack });
  const authUrl = config.AUTH_URL[0]!;
  const serviceToken = createServiceTokenSource({ authUrl, name, secret: config.CLIENT_SECRET });
  const write = reportToAuth({ authUrl, tokens: serviceToken });
  const audit = stack.use(openAuditSink({ service: name, write, log, metrics }));
  const admission: Admission = {
    tokens,
    apiKeys: createApiKeys({ authUrl, serviceToken }),
    limiter: config.RATE_LIMITS === "off" ? null : createRateLimiter({ redis, log, rules: rateRules }),
  };
  const testClock: TestClock | null =
    config.TEST_CLOCK === "off" ? null : { upstreams, admission, serviceToken };
  const streams = createOpenStreams();
  let isDraining = false;
  const listener = createGateway({
    matcher: createRouteMatcher(routes),
    upstreams,
    admission,
    trusted: trustProxies(config.TRUSTED_PROXIES),
    countryHeader: config.CLIENT_COUNTRY_HEADER,
    streams,
    cors: createCors(config.CORS_ORIGINS),
    pages: createPages({ readiness, metrics, testClock }),
    securityHeaders: securityHeaders({ production: config.HOLDFAST_ENV === "production" }),
    telemetry,
    durations: metrics.histogram({
      name: "http_server_request_duration_seconds",
      help: "Time from a call's headers to the end of its answer",
      labels: ["method", "route", "status"],
    }),
    audit,
    log,
    isDraining: () => isDraining,
  });
  const onDrain = () => {
    isDraining = true;
    readiness.drain();
    streams.endAll();
  };
  const door = stack.use(
    await serveGateway({ host: config.HOST, port: config.PORT, log, audit, listener, onDrain }),
  );
  const opened = stack.move();
  const drain = async () => {
    await door.drain();
    await audit.drain();
  };
  return { port: door.port, drain, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
