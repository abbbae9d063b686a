/** Sends a call on to its service and the answer back, chunk by chunk, with a bound on every wait. */
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { Problem } from "@holdfast/chassis/problem";
import { internalError, unavailable } from "@holdfast/chassis/problems";
import type { Span } from "@holdfast/chassis/telemetry";
import { answerLost, serviceTimedOut } from "../problems.ts";
import type { GatewayRoute } from "../routes.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestBody } from "./request-body.ts";
import { inertContent, responseHeaders } from "./response-headers.ts";
import type { Upstream } from "./upstream.ts";

/** What is sent on. */
export interface Outbound {
  /** Request target, as the client sent it. */
  readonly target: string;
  readonly headers: string[];
  readonly body: RequestBody;
  /** Ended with the answer, or with what came in its place. */
  readonly span: Span | undefined;
}

const clientLeft = new Error("the client went away");
const waitedInVain = new Error("the service did not answer in time");

/** Nobody was there: not a byte of the request was read. */
const unreachableCodes = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The connection ended before the answer began. */
const brokenCodes = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Handles one dispatch of undici; one object a call, so that the hot path makes no closures. */
class ProxiedCall implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #route: GatewayRoute;
  readonly #upstream: Upstream;
  readonly #outbound: Outbound;
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isRetried = false;
  #isOver = false;
  /** Length the answer announced; -1 where it did not. */
  #length = -1;
  /** A first chunk that is the whole body, so that headers and body leave together. */
  #whole: Buffer | undefined;

  constructor(exchange: Exchange, route: GatewayRoute, upstream: Upstream, outbound: Outbound) {
    this.#exchange = exchange;
    this.#route = route;
    this.#upstream = upstream;
    this.#outbound = outbound;
  }

  start(): void {
    this.#exchange.outgoing.once("close", () => {
      if (!this.#isOver) this.#stop(clientLeft);
    });
    this.#timer = setTimeout(() => this.#stop(waitedInVain), this.#route.timeoutMs);
    this.#dispatch();
  }

  #dispatch(): void {
    const { target, headers, body } = this.#outbound;
    try {
      this.#upstream.pool.dispatch(
        {
          path: target,
          method: this.#exchange.incoming.method ?? "GET",
          headers,
          body: body.kind === "none" ? null : body.kind === "gathered" ? body.bytes : body.stream,
          // A busy connection to a slow answer never holds up another call.
          blocking: true,
        },
        this,
      );
    } catch (error) {
      // undici checks its arguments by throwing; what node parsed may still not be what undici sends.
      this.#end(error);
      this.#upstream.breaker.abandoned();
      this.#exchange.refuse(internalError(undefined, { cause: error }));
    }
  }

  #stop(reason: Error): void {
    if (this.#isOver) return;
    this.#stopped = reason;
    if (this.#controller === undefined) this.#fail(reason);
    else this.#controller.abort(reason);
  }

  #end(error?: unknown): void {
    this.#isOver = true;
    this.#outbound.span?.end(error);
    clearTimeout(this.#timer);
    this.#upstream.leave();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection until it was given up.
    if (this.#isOver) controller.abort(this.#stopped ?? clientLeft);
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#isOver) return;
    clearTimeout(this.#timer);
    this.#upstream.breaker.succeeded();
    this.#outbound.span?.set({ "http.response.status_code": status });
    const { outgoing, headers: added } = this.#exchange;
    const length = headers["content-length"];
    this.#length = length === undefined ? -1 : Number(length);
    const sent = responseHeaders(headers);
    for (const header of added) sent.push(header);
    for (const header of inertContent) sent.push(header);
    if (!this.#exchange.incoming.complete) outgoing.shouldKeepAlive = false;
    outgoing.writeHead(status, sent);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    if (chunk.length === this.#length) {
      this.#whole = chunk;
      return;
    }
    const { outgoing } = this.#exchange;
    if (outgoing.write(chunk)) return;
    controller.pause();
    outgoing.once("drain", () => controller.resume());
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#end();
    const { outgoing } = this.#exchange;
    if (this.#whole === undefined) outgoing.end();
    else outgoing.end(this.#whole);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#isOver) this.#fail(error);
  }

  /** A read that met a connection which was just being closed is sent once more: it changes nothing. */
  #mayRetry(error: Error): boolean {
    return (
      !this.#isRetried &&
      this.#stopped === undefined &&
      this.#route.method === "GET" &&
      !this.#exchange.outgoing.headersSent &&
      brokenCodes.has(codeOf(error))
    );
  }

  #fail(error: Error): void {
    if (this.#mayRetry(error)) {
      this.#isRetried = true;
      this.#controller = undefined;
      this.#dispatch();
      return;
    }
    this.#end(error);
    if (this.#stopped === clientLeft || error instanceof Problem) this.#upstream.breaker.abandoned();
    else if (!this.#exchange.outgoing.headersSent) this.#upstream.failed(error);
    if (this.#stopped !== clientLeft) this.#exchange.refuse(this.#toProblem(error));
  }

  #toProblem(error: Error): Problem {
    // The body was too large, or did not arrive: what the limit said comes back through undici.
    if (error instanceof Problem) return error;
    const { service } = this.#upstream;
    if (this.#stopped === waitedInVain) return serviceTimedOut(`${service} did not answer in time.`);
    if (unreachableCodes.has(codeOf(error)) || this.#route.method === "GET") {
      return unavailable(`${service} cannot be reached right now.`, error);
    }
    return answerLost("Repeat it with the same Idempotency-Key to learn the outcome.", { cause: error });
  }
}

/** Sends a call to its service. Never throws: whatever happens is answered. */
export function forward(
  exchange: Exchange,
  route: GatewayRoute,
  upstream: Upstream,
  outbound: Outbound,
): void {
  const { service, breaker } = upstream;
  const turnAway = (why: string) => {
    const problem = unavailable(`${service} ${why}.`);
    outbound.span?.end(problem);
    exchange.refuse(problem);
  };
  if (!upstream.enter()) return turnAway("has too many calls in hand");
  if (!breaker.allows(performance.now())) {
    upstream.leave();
    return turnAway("does not answer right now");
  }
  new ProxiedCall(exchange, route, upstream, outbound).start();
}
