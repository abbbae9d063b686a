/** Ties a declared endpoint to the function that answers it, typed by the endpoint's schemas. */
import assert from "node:assert";
import type { z } from "zod";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import type { SetCookie } from "./cookies.ts";
import type { Logger } from "./log.ts";
import { refuseWithoutToken } from "./problems.ts";
import type { Caller } from "./tokens.ts";

/** An endpoint as it is served; to whom it belongs in the documents plays no part here. */
export type ServedEndpoint = Omit<EndpointDefinition, "service">;

/** What a schema makes of the request; undefined where the endpoint declares none. */
type Parsed<Schema> = NonNullable<Schema> extends z.ZodType ? z.output<NonNullable<Schema>> : undefined;

/** One request to an endpoint, checked against its schemas. */
export interface Call<E extends ServedEndpoint = ServedEndpoint> {
  readonly endpoint: E;
  readonly params: Parsed<E["params"]>;
  readonly query: Parsed<E["query"]>;
  readonly body: Parsed<E["body"]>;
  /** Null only on a public endpoint; see `callerOf`. */
  readonly caller: Caller | null;
  /** Always there where the endpoint requires one. */
  readonly idempotencyKey: string | null;
  /** How long the client would wait for a decision (`Prefer: wait=N`), 0 to 30; 0 where it did not say. */
  readonly waitSeconds: number;
  /** W3C trace context to send along with whatever this call causes. */
  readonly traceparent: string;
  readonly requestId: string;
  /** The body as received, on endpoints that declare `rawBody`; empty on others. */
  readonly rawBody: Uint8Array;
  /** A request header; lower-case names. */
  readonly headers: (name: string) => string | undefined;
  /** Aborted when the client goes away before it is answered. */
  readonly signal: AbortSignal;
  /** Carries the request's and the trace's id. */
  readonly log: Logger;
}

/** What an endpoint answers with; made by `answer` and `noContent`. */
export interface Answer<Body = unknown> {
  /** The endpoint's declared status where not said. */
  readonly status: number | undefined;
  /** JSON, or text on an endpoint with a content type of its own; undefined: no body. */
  readonly body: Body | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Sent as it is in place of the body, which says what it is about. */
  readonly content?: Content | undefined;
  readonly cookies?: readonly SetCookie[] | undefined;
}

/** What an endpoint answers with beside JSON. */
export interface Content {
  /** One of the endpoint's `alsoAs`, with parameters where it has some. */
  readonly type: string;
  readonly data: string | Uint8Array<ArrayBuffer>;
}

/** What an answer says beside its body. */
export interface AnswerOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly SetCookie[];
}

/** One event of a stream. */
export interface ServerEvent {
  /** What the client names in `Last-Event-ID` when it comes back; absent: what it named before stands. */
  readonly id?: string;
  readonly event: string;
  /** One line. */
  readonly data: string;
}

/** How a stream and what it tells of meet. */
export interface StreamControl {
  /** Aborted once the stream is over, whatever ended it. */
  readonly signal: AbortSignal;
  /** Ends it at once, where its client does not read. */
  readonly cut: () => void;
}

/** Starts telling; asked for the next event only when the client has read the one before. */
export type EventSource = (control: StreamControl) => AsyncIterable<ServerEvent>;

/** An answer that stays open; made by `stream`. */
export class StreamAnswer {
  /** As the endpoint declares it. */
  readonly status = undefined;
  readonly events: EventSource;

  constructor(events: EventSource) {
    this.events = events;
  }
}

type AnswerBody<E extends ServedEndpoint> = E["answers"] extends { readonly body?: infer Schema }
  ? NonNullable<Schema> extends z.ZodType
    ? z.output<NonNullable<Schema>>
    : unknown
  : unknown;

/** What a handler gives back: an answer; a stream where the endpoint is declared as one. */
type Answered<E extends ServedEndpoint> = Answer<AnswerBody<E>> | StreamAnswer;

/** The function behind an endpoint. It throws a Problem to refuse. */
export type Handler<E extends ServedEndpoint> = (call: Call<E>) => Promise<Answered<E>> | Answered<E>;

/** An endpoint with its handler, ready to be served. */
export interface Route {
  readonly endpoint: ServedEndpoint;
  readonly handler: (call: Call) => Promise<Answer | StreamAnswer> | Answer | StreamAnswer;
}

/** Ties an endpoint to its handler. */
export function handle<E extends ServedEndpoint>(endpoint: E, handler: Handler<E>): Route {
  assert(!(endpoint.rawBody && endpoint.body), `${endpoint.name}: a raw body has no schema`);
  // The call is built from this very endpoint's schemas, which is what its type says.
  return { endpoint, handler: handler as unknown as Route["handler"] };
}

/** An answer with a body. */
export function answer<Body>(body: Body, options?: AnswerOptions): Answer<Body> {
  return { body, status: options?.status, headers: options?.headers, cookies: options?.cookies };
}

/** An answer of another content type than JSON. */
export function answerAs(content: Content, options?: Omit<AnswerOptions, "status">): Answer<never> {
  return {
    body: undefined,
    status: undefined,
    content,
    headers: options?.headers,
    cookies: options?.cookies,
  };
}

/** An answer that stays open. It ends with the caller's token, with the server, and with its source. */
export function stream(events: EventSource): StreamAnswer {
  return new StreamAnswer(events);
}

/** An answer without a body. */
export function noContent(options?: Omit<AnswerOptions, "status">): Answer<never> {
  return { body: undefined, status: 204, headers: options?.headers, cookies: options?.cookies };
}

/**
 * Who is calling, on an endpoint that needs a caller.
 * @throws tokenMissing on a public endpoint called without a valid token
 */
export function callerOf(call: Pick<Call, "caller">): Caller {
  if (call.caller === null) throw refuseWithoutToken();
  return call.caller;
}
