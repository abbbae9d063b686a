/** Takes each request to where it belongs: a service, a page of the gateway's own, or a refusal. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServiceName } from "@holdfast/contracts/define-endpoint";
import type { AuditSink } from "@holdfast/chassis/audit";
import { toProblem } from "@holdfast/chassis/exchange";
import type { Logger } from "@holdfast/chassis/log";
import type { Distribution } from "@holdfast/chassis/metrics";
import { methodNotAllowed, routeNotFound, serviceDraining } from "@holdfast/chassis/problems";
import { unmappedAddress } from "@holdfast/chassis/network";
import type { Span, Telemetry } from "@holdfast/chassis/telemetry";
import { callerTraceparent, traceIdOf } from "@holdfast/chassis/trace-context";
import { admit, type Admission } from "./edge/admit.ts";
import { clientAddress, clientCountry, type TrustedProxies } from "./edge/client-address.ts";
import type { Cors } from "./edge/cors.ts";
import { passesCookies } from "./edge/credentials.ts";
import { noteRefusal } from "./edge/note-refusal.ts";
import { requireUnambiguous } from "./edge/well-formed.ts";
import { Exchange } from "./proxy/exchange.ts";
import { forward } from "./proxy/forward.ts";
import type { OpenStreams } from "./proxy/open-streams.ts";
import { takeBody } from "./proxy/request-body.ts";
import { requestHeaders } from "./proxy/request-headers.ts";
import type { Upstream } from "./proxy/upstream.ts";
import type { GatewayRoute } from "./routes.ts";
import type { RouteMatcher } from "./routing/match-route.ts";

export type GatewayLabels = "method" | "route" | "status";

/** The gateway's own addresses: documents, health, and the test clock. */
export interface OwnPages {
  /** Methods an own address takes; undefined where there is none. */
  allow(path: string): string | undefined;
  answer(exchange: Exchange, address: string): Promise<void>;
}

export interface GatewayParts {
  readonly matcher: RouteMatcher<GatewayRoute>;
  readonly upstreams: Readonly<Record<ServiceName, Upstream>>;
  readonly admission: Admission;
  readonly trusted: TrustedProxies;
  /** Header in which trusted proxies tell the client's country; empty where they do not. */
  readonly countryHeader: string;
  readonly streams: OpenStreams;
  readonly cors: Cors;
  readonly pages: OwnPages;
  readonly securityHeaders: readonly string[];
  readonly telemetry: Telemetry;
  readonly durations: Distribution<GatewayLabels>;
  readonly audit: AuditSink;
  readonly log: Logger;
  readonly isDraining: () => boolean;
}

/** Status under which a call is counted whose client left before the answer. */
const clientLeftStatus = 499;

function hopProto(incoming: IncomingMessage, isTrusted: boolean): "http" | "https" {
  const said = isTrusted ? incoming.headers["x-forwarded-proto"] : undefined;
  return said === "https" || "encrypted" in incoming.socket ? "https" : "http";
}

async function proxy(
  exchange: Exchange,
  route: GatewayRoute,
  address: string,
  parts: GatewayParts,
): Promise<void> {
  const { incoming } = exchange;
  const { authorization } = await admit(exchange, route, address, parts.admission);
  const body = await takeBody(incoming, route);
  const contentLength =
    body.kind === "gathered" ? body.bytes.length : body.kind === "streamed" ? body.contentLength : undefined;
  if (exchange.outgoing.destroyed) return;
  const upstream = parts.upstreams[route.service];
  const span = startUpstreamSpan(exchange, route, parts.telemetry);
  const isTrusted = parts.trusted.includes(unmappedAddress(incoming.socket.remoteAddress ?? ""));
  const headers = requestHeaders(incoming.headers, {
    clientAddress: address,
    country: isTrusted ? clientCountry(incoming.headers, parts.countryHeader) : undefined,
    authorization,
    withCookies: passesCookies(route),
    proto: hopProto(incoming, isTrusted),
    host: incoming.headers.host ?? "",
    requestId: exchange.requestId,
    traceparent: span?.traceparent ?? exchange.traceparent,
    contentLength,
  });
  const outbound = { target: incoming.url ?? exchange.path, headers, body, span };
  forward(exchange, route, { upstream, streams: parts.streams }, outbound);
}

/** The call to the service, as part of the call to the gateway; undefined where nothing is recorded. */
function startUpstreamSpan(
  { incoming, traceparent }: Exchange,
  route: GatewayRoute,
  telemetry: Telemetry,
): Span | undefined {
  if (!telemetry.enabled) return undefined;
  const method = incoming.method ?? "GET";
  return telemetry.startSpan(`${method} ${route.path}`, "client", traceparent, {
    "http.request.method": method,
    "url.template": route.path,
    "service.peer.name": route.service,
  });
}

/** Measures the call when its answer has left, or its client has. */
function observe(exchange: Exchange, label: string, parts: GatewayParts): void {
  const { outgoing, incoming } = exchange;
  const method = incoming.method ?? "GET";
  if (parts.telemetry.enabled) {
    const parent = callerTraceparent(incoming.headers["traceparent"]);
    exchange.span = parts.telemetry.startSpan(`${method} ${label}`, "server", parent, {
      "http.request.method": method,
      "http.route": label,
      "url.path": exchange.path,
    });
    exchange.traceparent = exchange.span.traceparent;
  }
  outgoing.once("close", () => {
    if (exchange.refusal !== undefined) noteRefusal(exchange, parts.audit);
    const status = outgoing.writableFinished ? outgoing.statusCode : clientLeftStatus;
    const seconds = ((exchange.answeredAt ?? performance.now()) - exchange.startedAt) / 1_000;
    parts.durations.observe({ method, route: label, status }, seconds);
    exchange.span?.set({ "http.response.status_code": status });
    exchange.span?.end(status >= 500 ? new Error(`answered ${status}`) : undefined);
    if (parts.log.isLevelEnabled("debug")) {
      const { requestId, traceparent } = exchange;
      parts.log.debug(
        { requestId, traceId: traceIdOf(traceparent), route: `${method} ${label}`, status, seconds },
        "answered",
      );
    }
  });
}

function answerOptions(exchange: Exchange, allow: string, { cors }: GatewayParts): void {
  const { origin, "access-control-request-method": asked } = exchange.incoming.headers;
  exchange.finish(204, asked === undefined ? ["allow", allow] : cors.preflightHeaders(origin, allow));
}

function refuse(exchange: Exchange, error: unknown, parts: GatewayParts): void {
  const problem = toProblem(error);
  if (problem.code === "internal/error") {
    parts.log.error(
      {
        err: problem.cause,
        requestId: exchange.requestId,
        traceId: traceIdOf(exchange.traceparent),
        path: exchange.path,
      },
      "a request could not be answered",
    );
  }
  exchange.refuse(problem);
}

async function route(exchange: Exchange, parts: GatewayParts): Promise<void> {
  const { incoming, path } = exchange;
  const method = incoming.method ?? "GET";
  if (parts.isDraining()) {
    observe(exchange, "draining", parts);
    throw serviceDraining(undefined, { headers: { "retry-after": "1", connection: "close" } });
  }
  const forwardedFor = incoming.headers["x-forwarded-for"];
  const address = clientAddress(
    incoming.socket.remoteAddress,
    typeof forwardedFor === "string" ? forwardedFor : undefined,
    parts.trusted,
  );
  exchange.address = address;
  try {
    requireUnambiguous(incoming);
  } catch (error) {
    observe(exchange, "malformed", parts);
    throw error;
  }
  const match = parts.matcher.match(method, path);
  const allow = match.kind === "not-found" ? parts.pages.allow(path) : match.allow;
  observe(
    exchange,
    match.kind === "route" ? match.route.path : allow === undefined ? "not-found" : path,
    parts,
  );
  if (allow === undefined) throw routeNotFound();
  if (method === "OPTIONS") return answerOptions(exchange, allow, parts);
  exchange.add(parts.cors.answerHeaders(incoming.headers.origin));
  if (match.kind === "route") return proxy(exchange, match.route, address, parts);
  if (match.kind === "not-found" && allow.split(", ").includes(method))
    return parts.pages.answer(exchange, address);
  throw methodNotAllowed(undefined, { headers: { allow } });
}

/** Node's request listener. It never throws: what goes wrong is answered. */
export function createGateway(
  parts: GatewayParts,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    const url = incoming.url ?? "/";
    const queryAt = url.indexOf("?");
    const exchange = new Exchange(
      incoming,
      outgoing,
      queryAt === -1 ? url : url.slice(0, queryAt),
      parts.securityHeaders,
    );
    route(exchange, parts).catch((error: unknown) => refuse(exchange, error, parts));
  };
}
