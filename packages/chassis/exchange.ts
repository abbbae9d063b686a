/** One request on its way through the server: its ids, what is made lazily of it, and the answer that goes back. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import { setCookieHeader } from "./cookies.ts";
import type { Answer, Call, ServedEndpoint } from "./endpoint.ts";
import type { Logger } from "./log.ts";
import { nextPageLink } from "./next-page.ts";
import { Problem, toProblemJson } from "./problem.ts";
import { internalError, unavailable } from "./problems.ts";
import { randomHex } from "./random-hex.ts";
import type { RequestParts } from "./request-checking.ts";
import { isRequestId } from "./request-reading.ts";
import { traceIdOf } from "./trace-context.ts";
import type { Caller } from "./tokens.ts";
import { isUnavailable } from "./unavailable.ts";

/** What node hands over beside the web Request. */
export interface NodeBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export type HttpContext = Context<{ Bindings: NodeBindings }>;

/** The caller's request id where it is safe to echo, else a new one. */
export function requestIdOf(incoming: IncomingMessage): string {
  const sent = incoming.headers["x-request-id"];
  return typeof sent === "string" && isRequestId(sent) ? sent : randomHex(16);
}

/** What is known of a request once it is checked. */
export interface CallParts {
  readonly checked: RequestParts;
  readonly caller: Caller | null;
  readonly idempotencyKey: string | null;
  readonly waitSeconds: number;
  readonly rawBody: Uint8Array;
}

/** A Call whose costly members (a child logger, an abort signal) are made only when they are asked for. */
export class EndpointCall implements Call {
  readonly endpoint: ServedEndpoint;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | null;
  readonly idempotencyKey: string | null;
  readonly waitSeconds: number;
  readonly rawBody: Uint8Array;
  readonly traceparent: string;
  readonly requestId: string;
  readonly #context: HttpContext;
  readonly #log: Logger;
  #requestLog: Logger | undefined;

  constructor(
    endpoint: ServedEndpoint,
    context: HttpContext,
    log: Logger,
    ids: { readonly traceparent: string; readonly requestId: string },
    parts: CallParts,
  ) {
    this.endpoint = endpoint;
    this.params = parts.checked.params;
    this.query = parts.checked.query;
    this.body = parts.checked.body;
    this.caller = parts.caller;
    this.idempotencyKey = parts.idempotencyKey;
    this.waitSeconds = parts.waitSeconds;
    this.rawBody = parts.rawBody;
    this.traceparent = ids.traceparent;
    this.requestId = ids.requestId;
    this.#context = context;
    this.#log = log;
  }

  readonly headers = (name: string): string | undefined => {
    const value = this.#context.env.incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };

  get signal(): AbortSignal {
    return this.#context.req.raw.signal;
  }

  get log(): Logger {
    return (this.#requestLog ??= this.#log.child({
      requestId: this.requestId,
      traceId: traceIdOf(this.traceparent),
    }));
  }
}

/** What the client is told of an error: its own words for a refusal, 503 for an outage, a blank 500 otherwise. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) return unavailable("Something this answer needs is down; try again.", error);
  return internalError(undefined, { cause: error });
}

/**
 * A response from plain headers and a string: the server writes those without making web objects.
 * A body of undefined is sent as none.
 */
export function respond(
  status: number,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  headers: Record<string, string>,
): Response {
  return new Response(body ?? null, { status, headers });
}

/** The response of an answered call to that URL. */
export function toResponse(
  endpoint: ServedEndpoint,
  answered: Answer,
  asked: { readonly url: string; readonly requestId: string },
): Response {
  const headers: Record<string, string> = { "x-request-id": asked.requestId };
  const link = nextPageLink(endpoint, asked.url, answered.body);
  if (link !== undefined) headers["link"] = link;
  if (answered.body !== undefined) headers["content-type"] = endpoint.contentType ?? "application/json";
  if (answered.content !== undefined) headers["content-type"] = answered.content.type;
  if (answered.headers !== undefined) Object.assign(headers, answered.headers);
  const { body, content, cookies } = answered;
  const isText = endpoint.contentType !== undefined && typeof body === "string";
  const response = respond(
    answered.status ?? endpoint.answers.status,
    content?.data ?? (isText || body === undefined ? (body as string | undefined) : JSON.stringify(body)),
    headers,
  );
  for (const cookie of cookies ?? []) response.headers.append("set-cookie", setCookieHeader(cookie));
  return response;
}

/** The response of a stream. Nothing on its way may keep, change or gather what it tells. */
export function streamResponse(body: ReadableStream<Uint8Array>, requestId: string): Response {
  return new Response(body, {
    headers: {
      "x-request-id": requestId,
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

/** The response of a refusal. */
export function problemResponse(
  problem: Problem,
  about: { readonly instance: string; readonly traceparent: string; readonly requestId: string },
): Response {
  const json = toProblemJson(problem, { instance: about.instance, traceId: traceIdOf(about.traceparent) });
  return respond(problem.status, JSON.stringify(json), {
    "x-request-id": about.requestId,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...problem.headers,
  });
}
