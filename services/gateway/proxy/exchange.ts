/** One call from its arrival to its answer: its ids, what every answer to it carries, and how it is refused. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { requestIdOf } from "@holdfast/chassis/exchange";
import { toProblemJson, type Problem } from "@holdfast/chassis/problem";
import type { Caller } from "@holdfast/chassis/tokens";
import type { Span } from "@holdfast/chassis/telemetry";
import { continueTraceparent, traceIdOf } from "@holdfast/chassis/trace-context";
import { inertContent } from "./response-headers.ts";

/** What is left unread of a body up to here is read and dropped; beyond it the connection ends with the answer. */
const worthDropping = 65_536;

/** What a call is told of as that has no route, or was refused before one was looked for. */
export const unknownRoute = "unknown-route";

export class Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** The request target up to its query. */
  readonly path: string;
  readonly requestId: string;
  readonly startedAt = performance.now();
  /** When a stream's answer began, which is what its call took; undefined for what ends by itself. */
  answeredAt: number | undefined;
  /** The client's address. */
  address = "unknown";
  /** Name of the endpoint that is asked for, once it is known. */
  action = unknownRoute;
  caller: Caller | null = null;
  /** What it was refused with by the gateway itself. */
  refusal: Problem | undefined;
  traceparent: string;
  span: Span | undefined;
  /** Headers of the answer beside its own, as name, value, name, value. */
  readonly headers: string[];

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, path: string, headers: readonly string[]) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.path = path;
    this.requestId = requestIdOf(incoming);
    this.traceparent = continueTraceparent(incoming.headers["traceparent"]);
    this.headers = [...headers, "x-request-id", this.requestId];
  }

  /** Adds headers to the answer. */
  add(headers: readonly string[]): void {
    for (const header of headers) this.headers.push(header);
  }

  /** Answers with no body. */
  finish(status: number, headers: readonly string[]): void {
    this.outgoing.writeHead(status, [...this.headers, ...headers, "cache-control", "no-store"]).end();
  }

  /** Answers with a problem; where an answer has begun it is cut off, for no client would take it for a whole one. */
  refuse(problem: Problem): void {
    this.refusal = problem;
    if (this.outgoing.headersSent) {
      this.outgoing.destroy();
      return;
    }
    const body = JSON.stringify(
      toProblemJson(problem, { instance: this.path, traceId: traceIdOf(this.traceparent) }),
    );
    const { connection, ...own } = problem.headers ?? {};
    if (connection === "close" || this.#leavesMuchUnread()) this.outgoing.shouldKeepAlive = false;
    this.outgoing.writeHead(problem.status, [
      ...this.headers,
      ...inertContent,
      "content-type",
      "application/problem+json",
      "cache-control",
      "no-store",
      "content-length",
      String(Buffer.byteLength(body)),
      ...Object.entries(own).flat(),
    ]);
    this.outgoing.end(body);
  }

  #leavesMuchUnread(): boolean {
    if (this.incoming.complete) return false;
    const { "content-length": length, "transfer-encoding": coding } = this.incoming.headers;
    return coding !== undefined || Number(length ?? 0) > worthDropping;
  }
}
