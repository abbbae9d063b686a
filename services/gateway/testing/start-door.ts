/** The gateway in front of one upstream, with routes of the test's own. For tests. */
import type { AuditSink } from "@holdfast/chassis/audit";
import { keepAudit } from "@holdfast/chassis/kept-audit.fixture";
import { createLogger } from "@holdfast/chassis/log";
import { createMetrics } from "@holdfast/chassis/metrics";
import type { RateLimiter } from "@holdfast/chassis/rate-limit";
import { createReadiness } from "@holdfast/chassis/readiness";
import { noTelemetry } from "@holdfast/chassis/telemetry";
import { createTokenVerifier } from "@holdfast/chassis/tokens";
import { type ApiKeys, createApiKeys } from "../edge/api-keys.ts";
import { trustProxies } from "../edge/client-address.ts";
import { createCors } from "../edge/cors.ts";
import { createGateway } from "../gateway.ts";
import { createPages } from "../pages/own-pages.ts";
import type { Silences } from "../proxy/instance.ts";
import { createOpenStreams } from "../proxy/open-streams.ts";
import { securityHeaders } from "../proxy/response-headers.ts";
import { createUpstream } from "../proxy/upstream.ts";
import type { GatewayRoute, LimitClass } from "../routes.ts";
import { createRouteMatcher } from "../routing/match-route.ts";
import { serveGateway } from "../serve-gateway.ts";

const standard: GatewayRoute = {
  service: "booking",
  name: "testRoute",
  method: "GET",
  path: "/",
  access: "public",
  limit: "ordinary",
  maxBodyBytes: 65_536,
  timeoutMs: 5_000,
};

/** A route with what the test cares about. */
export function routeOf(of: Partial<GatewayRoute>): GatewayRoute {
  return { ...standard, ...of };
}

export interface DoorOptions {
  readonly upstreamUrl: string | readonly string[];
  /** Longest silences in ms, where a test cannot wait. */
  readonly silences?: Silences;
  readonly countryHeader?: string;
  readonly routes: readonly GatewayRoute[];
  /** Who signs tokens; nobody where not given, so that only public routes can be called. */
  readonly auth?: { readonly url: string; readonly issuer: string; readonly audience: string };
  /** How keys are exchanged; none works where not given. */
  readonly apiKeys?: ApiKeys;
  readonly limiter?: RateLimiter<LimitClass>;
  readonly corsOrigins?: readonly string[];
  readonly trustedProxies?: readonly string[];
  /** Kept in memory, and lost, where not given. */
  readonly audit?: AuditSink;
}

/** Starts it on a free port of this machine. */
export async function startDoor(options: DoorOptions) {
  const stack = new AsyncDisposableStack();
  const log = createLogger("gateway", "silent");
  const metrics = createMetrics("gateway", { defaults: false });
  const readiness = createReadiness();
  const upstream = stack.use(createUpstream("booking", [options.upstreamUrl].flat(), log, options.silences));
  const auth = options.auth ?? { url: "http://127.0.0.1:1", issuer: "nobody", audience: "nobody" };
  const streams = createOpenStreams();
  const audit = options.audit ?? keepAudit();
  let isDraining = false;
  const listener = createGateway({
    matcher: createRouteMatcher(options.routes),
    upstreams: {
      auth: upstream,
      catalog: upstream,
      booking: upstream,
      payment: upstream,
      notification: upstream,
    },
    admission: {
      apiKeys: options.apiKeys ?? createApiKeys({ authUrl: auth.url, serviceToken: null }),
      tokens: createTokenVerifier({ ...auth, jwksUrl: `${auth.url}/.well-known/jwks.json` }),
      limiter: options.limiter ?? null,
    },
    trusted: trustProxies(options.trustedProxies ?? []),
    countryHeader: options.countryHeader ?? "",
    streams,
    cors: createCors(options.corsOrigins ?? []),
    pages: createPages({ readiness, metrics, testClock: null }),
    securityHeaders: securityHeaders({ production: false }),
    telemetry: noTelemetry(),
    durations: metrics.histogram({
      name: "http_server_request_duration_seconds",
      help: "Durations",
      labels: ["method", "route", "status"],
    }),
    audit,
    log,
    isDraining: () => isDraining,
  });
  const door = stack.use(
    await serveGateway({
      host: "127.0.0.1",
      port: 0,
      log,
      audit,
      listener,
      onDrain: () => {
        isDraining = true;
        streams.endAll();
      },
    }),
  );
  return {
    url: `http://127.0.0.1:${door.port}`,
    port: door.port,
    upstream,
    /** The first instance, which most tests have alone. */
    instance: upstream.instances[0]!,
    drain: () => door.drain(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
