/** Serves a table of endpoints over HTTP, with health, metrics, bounded reading and an orderly end. */
import assert from "node:assert";
import { Server as NetServer, type AddressInfo } from "node:net";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { AuditSink } from "./audit.ts";
import type { Clock } from "./clock.ts";
import type { Route } from "./endpoint.ts";
import { EventStreams } from "./event-stream.ts";
import { problemResponse, requestIdOf, toProblem, type HttpContext, type NodeBindings } from "./exchange.ts";
import { mountHealth } from "./health.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Problem } from "./problem.ts";
import { malformedRequest, methodNotAllowed, routeNotFound, serviceDraining } from "./problems.ts";
import type { Readiness } from "./readiness.ts";
import { serveRoute, type RequestLabels } from "./serve-route.ts";
import type { Telemetry } from "./telemetry.ts";
import { testClockRoutes } from "./test-clock-routes.ts";
import type { TokenVerifier } from "./tokens.ts";
import { continueTraceparent } from "./trace-context.ts";

/** Where what is no endpoint is mounted: the gateway's proxy, documents. */
export type HttpApp = Hono<{ Bindings: NodeBindings }>;

export interface ServeOptions {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly tokens: TokenVerifier;
  readonly audit: AuditSink;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly telemetry: Telemetry;
  readonly readiness: Readiness;
  /** With a test clock, its routes are served too. */
  readonly clock?: Clock;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Mounts what is no endpoint, after the endpoints. */
  readonly mount?: (app: HttpApp) => void;
  /** How long `drain` waits for requests in hand, in ms; 8 s where not said. */
  readonly drainTimeoutMs?: number;
}

export interface HttpServer extends AsyncDisposable {
  readonly port: number;
  readonly host: string;
  /** Takes no new request and resolves when those in hand are answered, or after the drain timeout. */
  drain(): Promise<void>;
}

const defaultDrainTimeoutMs = 8_000;
/** Longest a client may take to send its headers, and its whole request. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
/** How often the two above are looked at; node's own is half a minute, which a slow sender would gain. */
const checkIntervalMs = 2_000;
/** Longer than clients keep idle connections, so that the client is the one to close. */
const keepAliveTimeoutMs = 75_000;
const largestHeaderBytes = 32_768;

const segmentShape = /^(\{[a-zA-Z][a-zA-Z0-9]*\}|[A-Za-z0-9._~-]+)$/;

/** The router's form of a path: `/v1/bookings/{id}` is `/v1/bookings/:id`. */
function toRouterPath(path: string): string {
  const segments = path.split("/").slice(1);
  assert(
    segments.every((segment) => segmentShape.test(segment)),
    `a path is made of literal and {parameter} segments: ${path}`,
  );
  return path.replaceAll(/\{([^}]+)\}/g, ":$1");
}

/** Literal segments before parameters, so that `/bookings/mine` is not taken for an id. */
function bySpecificity(one: Route, other: Route): number {
  const rank = (route: Route) => route.endpoint.path.replaceAll(/\{[^}]+\}/g, "\uffff");
  const [left, right] = [rank(one), rank(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Refuses a request that no route took, saying whether the address or the method is unknown. */
function refuseUnrouted(routes: readonly Route[]) {
  const addresses = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  for (const { endpoint } of routes) {
    const pattern = new RegExp(`^${endpoint.path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
    const address = addresses.get(pattern.source) ?? { pattern, methods: new Set() };
    address.methods.add(endpoint.method.toUpperCase());
    if (endpoint.method === "get") address.methods.add("HEAD");
    addresses.set(pattern.source, address);
  }
  return (context: HttpContext): Response => {
    const matching = [...addresses.values()].filter(({ pattern }) => pattern.test(context.req.path));
    const methods = new Set(matching.flatMap((address) => [...address.methods]));
    if (methods.size === 0) return refuse(context, routeNotFound());
    const allow = [...methods, "OPTIONS"].join(", ");
    if (context.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
    return refuse(context, methodNotAllowed(undefined, { headers: { allow } }));
  };
}

function refuse(context: HttpContext, problem: Problem): Response {
  return refuseIncoming(context.env.incoming, problem, context.req.path);
}

function refuseIncoming(incoming: IncomingMessage, problem: Problem, instance: string): Response {
  const { traceparent } = incoming.headers;
  return problemResponse(problem, {
    instance,
    traceparent: continueTraceparent(typeof traceparent === "string" ? traceparent : undefined),
    requestId: requestIdOf(incoming),
  });
}

function buildApp(options: ServeOptions, streams: EventStreams): HttpApp {
  const { log, metrics, telemetry, tokens, audit, readiness } = options;
  const routes = [...options.routes, ...(options.clock === undefined ? [] : testClockRoutes(options.clock))];
  const app: HttpApp = new Hono<{ Bindings: NodeBindings }>();
  const durations = metrics.histogram<RequestLabels>({
    name: "http_server_request_duration_seconds",
    help: "Time from a request's headers to its answer",
    labels: ["method", "route", "status"],
  });
  const seen = new Set<string>();
  for (const route of routes.toSorted(bySpecificity)) {
    const { method, path } = route.endpoint;
    assert(!seen.has(`${method} ${path}`), `${options.name} serves ${method} ${path} twice`);
    seen.add(`${method} ${path}`);
    app.on(
      method.toUpperCase(),
      toRouterPath(path),
      serveRoute(route, { tokens, audit, log, telemetry, durations, streams }),
    );
  }
  mountHealth(app, { readiness, metrics });
  options.mount?.(app);
  app.notFound(refuseUnrouted(routes));
  app.onError((error, context) => {
    const problem = toProblem(error);
    if (problem.status >= 500)
      log.error({ err: error, path: context.req.path }, "a request could not be answered");
    return refuse(context, problem);
  });
  return app;
}

/** Node's listener around the app: counts what is in hand, and turns new requests away while draining. */
function listen(app: HttpApp, inFlight: InFlight, isDraining: () => boolean) {
  const bindings = (incoming: unknown, outgoing: unknown) =>
    ({ incoming, outgoing }) as { incoming: IncomingMessage; outgoing: ServerResponse };
  return getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = bindings(env.incoming, env.outgoing);
      if (isDraining()) {
        outgoing.shouldKeepAlive = false;
        const problem = serviceDraining(undefined, { headers: { "retry-after": "1" } });
        return refuseIncoming(incoming, problem, (incoming.url ?? "/").split("?", 1)[0] ?? "/");
      }
      inFlight.enter();
      outgoing.once("close", () => inFlight.leave());
      const response = app.fetch(request, { incoming, outgoing });
      if (!(response instanceof Promise)) return response;
      return response.then((answered) => {
        if (isDraining()) outgoing.shouldKeepAlive = false;
        return answered;
      });
    },
    {
      errorHandler: (error) => {
        const problem =
          error instanceof Error && error.name === "RequestError" ? malformedRequest() : toProblem(error);
        return new Response(
          JSON.stringify({
            type: `/problems#${problem.code}`,
            code: problem.code,
            title: problem.title,
            status: problem.status,
          }),
          {
            status: problem.status,
            headers: { "content-type": "application/problem+json" },
          },
        );
      },
    },
  );
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  const bound = Promise.withResolvers<void>();
  server.once("error", bound.reject);
  server.listen(port, host, bound.resolve);
  await bound.promise;
  server.off("error", bound.reject);
  return (server.address() as AddressInfo).port;
}

/** Starts serving; rejects when the address cannot be bound. */
export async function serveHttp(options: ServeOptions): Promise<HttpServer> {
  const { log, host } = options;
  const inFlight = createInFlight();
  let draining: Promise<void> | undefined;
  const streams = new EventStreams();
  const listener = listen(buildApp(options, streams), inFlight, () => draining !== undefined);
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: largestHeaderBytes,
      noDelay: true,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  const port = await bind(server, host, options.port);

  const drainOnce = async () => {
    // http's own close() would also cut idle connections, on which a request may be on its way:
    // those are answered with 503 and closed. net's close() only stops listening.
    NetServer.prototype.close.call(server);
    streams.endAll();
    const settled = await inFlight.settled(options.drainTimeoutMs ?? defaultDrainTimeoutMs);
    if (!settled)
      log.warn({ inFlight: inFlight.count }, "requests were still in hand when the drain timed out");
  };
  const drain = () => (draining ??= drainOnce());
  return {
    port,
    host,
    drain,
    [Symbol.asyncDispose]: async () => {
      await drain();
      server.closeAllConnections();
      server.close();
    },
  };
}
