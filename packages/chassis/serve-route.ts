/** Takes one request through an endpoint: token, key, body, schemas, handler, answer. */
import type { Answer, Route } from "./endpoint.ts";
import { authorise } from "./authorise.ts";
import {
  EndpointCall,
  problemResponse,
  requestIdOf,
  toProblem,
  toResponse,
  type HttpContext,
} from "./exchange.ts";
import type { Logger } from "./log.ts";
import type { Distribution } from "./metrics.ts";
import { idempotencyKeyMissing } from "./problems.ts";
import { checkRequest } from "./request-checking.ts";
import {
  isIdempotencyKey,
  parseJson,
  parseQuery,
  parseWait,
  readBody,
  requireJson,
  requireStorable,
  requireUncompressed,
} from "./request-reading.ts";
import type { Telemetry } from "./telemetry.ts";
import type { TokenVerifier } from "./tokens.ts";
import { callerTraceparent, newTraceparent, traceIdOf } from "./trace-context.ts";

/** Labels of the duration of requests, named after OpenTelemetry's semantic conventions. */
export type RequestLabels = "method" | "route" | "status";

export interface RouteSurroundings {
  readonly tokens: TokenVerifier;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  readonly durations: Distribution<RequestLabels>;
}

const defaultMaxBodyBytes = 65_536;
const noBytes = new Uint8Array(0);

/** A request's own key, checked; null where there is none and none is needed. */
function idempotencyKeyOf(route: Route, sent: string | string[] | undefined): string | null {
  const wanted = route.endpoint.idempotencyKey;
  if (wanted === undefined || (sent === undefined && wanted === "optional")) return null;
  if (typeof sent !== "string" || !isIdempotencyKey(sent)) throw idempotencyKeyMissing();
  return sent;
}

/** The body as the endpoint wants it. One that nobody asked for is read and dropped, to keep the connection usable. */
async function takeBody(route: Route, context: HttpContext): Promise<{ body: unknown; rawBody: Uint8Array }> {
  const { endpoint } = route;
  if (endpoint.method === "get") return { body: undefined, rawBody: noBytes };
  const { incoming } = context.env;
  const bytes = await readBody(incoming, endpoint.maxBodyBytes ?? defaultMaxBodyBytes);
  if (endpoint.rawBody) {
    requireUncompressed(incoming);
    return { body: undefined, rawBody: bytes };
  }
  if (endpoint.body === undefined || bytes.length === 0) return { body: undefined, rawBody: noBytes };
  requireJson(incoming);
  return { body: parseJson(bytes), rawBody: noBytes };
}

function takeParams(route: Route, context: HttpContext): Record<string, string> | undefined {
  if (route.endpoint.params === undefined) return undefined;
  const params = context.req.param() as Record<string, string>;
  for (const name in params) requireStorable(name, params[name] ?? "");
  return params;
}

async function answerCall(
  route: Route,
  context: HttpContext,
  { tokens, log }: RouteSurroundings,
  ids: { readonly requestId: string; readonly traceparent: string },
): Promise<Answer> {
  const { endpoint } = route;
  const { headers, url } = context.env.incoming;
  const caller = await authorise(tokens, endpoint, headers.authorization);
  const idempotencyKey = idempotencyKeyOf(route, headers["idempotency-key"]);
  const { body, rawBody } = await takeBody(route, context);
  const checked = checkRequest(endpoint, {
    params: takeParams(route, context),
    query: endpoint.query === undefined ? undefined : parseQuery(url ?? ""),
    body,
  });
  const prefer = endpoint.preferWait ? headers["prefer"] : undefined;
  const waitSeconds = parseWait(Array.isArray(prefer) ? prefer.join(",") : prefer);
  const call = new EndpointCall(endpoint, context, log, ids, {
    checked,
    caller,
    idempotencyKey,
    waitSeconds,
    rawBody,
  });
  return route.handler(call);
}

/** The function Hono calls for requests to this route. It never throws. */
export function serveRoute(
  route: Route,
  surroundings: RouteSurroundings,
): (context: HttpContext) => Promise<Response> {
  const { endpoint } = route;
  const { log, telemetry, durations } = surroundings;
  const method = endpoint.method.toUpperCase();
  const spanName = `${method} ${endpoint.path}`;

  return async (context) => {
    const startedAt = performance.now();
    const { incoming } = context.env;
    const requestId = requestIdOf(incoming);
    const parent = callerTraceparent(incoming.headers["traceparent"]);
    const span = telemetry.enabled
      ? telemetry.startSpan(spanName, "server", parent, {
          "http.request.method": method,
          "http.route": endpoint.path,
          "url.path": context.req.path,
        })
      : undefined;
    const traceparent = span?.traceparent ?? parent ?? newTraceparent();

    let status: number;
    let response: Response;
    let failure: unknown;
    try {
      const answered = await answerCall(route, context, surroundings, { requestId, traceparent });
      status = answered.status ?? endpoint.answers.status;
      response = toResponse(endpoint, answered, { url: incoming.url ?? "", requestId });
    } catch (error) {
      const problem = toProblem(error);
      status = problem.status;
      failure = status >= 500 ? (problem.cause ?? problem) : undefined;
      response = problemResponse(problem, { instance: context.req.path, traceparent, requestId });
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    durations.observe({ method, route: endpoint.path, status }, seconds);
    if (span !== undefined) {
      span.set({ "http.response.status_code": status });
      span.end(failure);
    }
    if (failure !== undefined) {
      log.error(
        { err: failure, requestId, traceId: traceIdOf(traceparent), route: spanName, status },
        "a request could not be answered",
      );
    } else if (log.isLevelEnabled("debug")) {
      log.debug({ requestId, traceId: traceIdOf(traceparent), route: spanName, status, seconds }, "answered");
    }
    return response;
  };
}
