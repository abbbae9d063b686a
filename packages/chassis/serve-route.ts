/** Takes one request through an endpoint: token, key, body, schemas, handler, answer. */
import { keyTaken } from "@holdfast/contracts/define-endpoint";
import { type Answer, type Route, StreamAnswer } from "./endpoint.ts";
import type { AuditSink } from "./audit.ts";
import { auditNote, changesAnybodys } from "./audit-note.ts";
import { isAuditable } from "./auditable.ts";
import { authenticate, authorise, permit } from "./authorise.ts";
import type { EventStreams } from "./event-stream.ts";
import {
  EndpointCall,
  problemResponse,
  requestIdOf,
  streamResponse,
  toProblem,
  toResponse,
  type HttpContext,
} from "./exchange.ts";
import type { Logger } from "./log.ts";
import type { Distribution } from "./metrics.ts";
import type { Problem } from "./problem.ts";
import { idempotencyKeyMissing, methodNotAllowed } from "./problems.ts";
import { isReplayed } from "./idempotency.ts";
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
import type { Caller, TokenVerifier } from "./tokens.ts";
import { callerTraceparent, newTraceparent, traceIdOf } from "./trace-context.ts";

/** Labels of the duration of requests, named after OpenTelemetry's semantic conventions. */
export type RequestLabels = "method" | "route" | "status";

export interface RouteSurroundings {
  readonly tokens: TokenVerifier;
  readonly audit: AuditSink;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  readonly durations: Distribution<RequestLabels>;
  readonly streams: EventStreams;
}

const defaultMaxBodyBytes = 65_536;
const noBytes = new Uint8Array(0);

/** A request's own key, checked; null where there is none and none is needed. */
function idempotencyKeyOf(route: Route, sent: string | string[] | undefined): string | null {
  const taken = keyTaken(route.endpoint);
  if (taken === "none" || (sent === undefined && taken === "optional")) return null;
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

/** What is known of a request by the time it is answered, however that ends. */
interface Known {
  readonly requestId: string;
  readonly traceparent: string;
  caller: Caller | null;
  /** The audit log has it that this was about to be done. */
  isRecorded: boolean;
  /** It had been done before: its answer is the one of then. */
  isReplayed: boolean;
}

async function answerCall(
  route: Route,
  context: HttpContext,
  { tokens, audit, log }: RouteSurroundings,
  known: Known,
): Promise<Answer | StreamAnswer> {
  const { endpoint } = route;
  const { headers, method, url } = context.env.incoming;
  // Without a body there would be nobody to read the stream, nor to end it.
  if (endpoint.stream === true && method === "HEAD") throw methodNotAllowed();
  const caller = await authenticate(tokens, endpoint, headers.authorization);
  known.caller = caller;
  permit(endpoint, caller);
  const idempotencyKey = idempotencyKeyOf(route, headers["idempotency-key"]);
  const { body, rawBody } = await takeBody(route, context);
  const checked = checkRequest(endpoint, {
    params: takeParams(route, context),
    query: endpoint.query === undefined ? undefined : parseQuery(url ?? ""),
    body,
  });
  const prefer = endpoint.preferWait ? headers["prefer"] : undefined;
  const waitSeconds = parseWait(Array.isArray(prefer) ? prefer.join(",") : prefer);
  const call = new EndpointCall(endpoint, context, log, known, {
    checked,
    caller,
    idempotencyKey,
    waitSeconds,
    rawBody,
  });
  if (changesAnybodys(endpoint)) {
    await audit.record(auditNote(endpoint, context, known, { kind: "action", outcome: "begun" }));
    known.isRecorded = true;
  }
  return route.handler(call);
}

/** Tells the audit log how it ended, where that is worth telling. */
function noteOutcome(
  { endpoint }: Route,
  context: HttpContext,
  known: Known,
  audit: AuditSink,
  problem: Problem | undefined,
): void {
  if (known.isRecorded) {
    const outcome = problem?.code ?? (known.isReplayed ? "replayed" : "done");
    audit.note(auditNote(endpoint, context, known, { kind: "action", outcome }));
  } else if (problem !== undefined && isAuditable(problem, known.caller !== null)) {
    audit.note(auditNote(endpoint, context, known, { kind: "refusal", outcome: problem.code }));
  }
}

/** The stream lasts for as long as its caller may call. */
function openStream(
  { endpoint }: Route,
  { events }: StreamAnswer,
  context: HttpContext,
  { streams, tokens, log }: RouteSurroundings,
  requestId: string,
): Response {
  const { incoming, outgoing } = context.env;
  const recheck = () => authorise(tokens, endpoint, incoming.headers.authorization);
  return streamResponse(streams.open({ events, outgoing, log, recheck }), requestId);
}

/** The function Hono calls for requests to this route. It never throws. */
export function serveRoute(
  route: Route,
  surroundings: RouteSurroundings,
): (context: HttpContext) => Promise<Response> {
  const { endpoint } = route;
  const { audit, log, telemetry, durations } = surroundings;
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
    let problem: Problem | undefined;
    const known: Known = { requestId, traceparent, caller: null, isRecorded: false, isReplayed: false };
    try {
      const answered = await answerCall(route, context, surroundings, known);
      status = answered.status ?? endpoint.answers.status;
      known.isReplayed = !(answered instanceof StreamAnswer) && isReplayed(answered);
      response =
        answered instanceof StreamAnswer
          ? openStream(route, answered, context, surroundings, requestId)
          : toResponse(endpoint, answered, { url: incoming.url ?? "", requestId });
    } catch (error) {
      problem = toProblem(error);
      status = problem.status;
      failure = status >= 500 ? (problem.cause ?? problem) : undefined;
      response = problemResponse(problem, { instance: context.req.path, traceparent, requestId });
    }
    noteOutcome(route, context, known, audit, problem);
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
