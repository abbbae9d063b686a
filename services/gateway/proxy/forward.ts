/** Sends a call on to its service and the answer back, chunk by chunk, with a bound on every wait. */
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { Problem } from "@holdfast/chassis/problem";
import { internalError, unavailable } from "@holdfast/chassis/problems";
import type { Span } from "@holdfast/chassis/telemetry";
import type { GatewayRoute } from "../routes.ts";
import {
  clientLeft,
  gatewayStops,
  isBroken,
  isUnreachable,
  toCallProblem,
  waitedInVain,
} from "./call-errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Instance, LaneName } from "./instance.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { RequestBody } from "./request-body.ts";
import { contentPolicy, responseHeaders } from "./response-headers.ts";
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

/** Where a call may go. */
export interface Ways {
  readonly upstream: Upstream;
  readonly streams: OpenStreams;
}

const noneTried: readonly Instance[] = [];

/** Handles the dispatches of one call; one object a call, so that the hot path makes no closures. */
class ProxiedCall implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #route: GatewayRoute;
  readonly #upstream: Upstream;
  readonly #outbound: Outbound;
  readonly #lane: LaneName;
  #instance: Instance;
  #tried = noneTried;
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;
  #isRepeated = false;
  #isOver = false;
  /** Length the answer announced; -1 where it did not. */
  #length = -1;
  /** A first chunk that is the whole body, so that headers and body leave together. */
  #whole: Buffer | undefined;

  constructor(
    exchange: Exchange,
    route: GatewayRoute,
    upstream: Upstream,
    outbound: Outbound,
    instance: Instance,
  ) {
    this.#exchange = exchange;
    this.#route = route;
    this.#upstream = upstream;
    this.#outbound = outbound;
    this.#lane = laneOf(route);
    this.#instance = instance;
  }

  start(streams: OpenStreams): void {
    this.#exchange.outgoing.once("close", () => {
      if (!this.#isOver) this.#stop(clientLeft);
    });
    this.#timer = setTimeout(() => this.#stop(waitedInVain), this.#route.timeoutMs);
    if (this.#route.stream === true) this.#forget = streams.add(() => this.#stop(gatewayStops));
    this.#dispatch();
  }

  #dispatch(): void {
    const { target, headers, body } = this.#outbound;
    try {
      this.#instance.lanes[this.#lane].pool.dispatch(
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
      this.#instance.breaker.abandoned();
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
    this.#forget?.();
    this.#instance.lanes[this.#lane].leave();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection until it was given up.
    if (this.#isOver) controller.abort(this.#stopped ?? clientLeft);
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#isOver) return;
    clearTimeout(this.#timer);
    this.#instance.breaker.succeeded();
    this.#outbound.span?.set({ "http.response.status_code": status });
    const { outgoing, headers: added } = this.#exchange;
    const length = headers["content-length"];
    this.#length = length === undefined ? -1 : Number(length);
    const sent = responseHeaders(headers, { cookies: this.#route.service === "auth" });
    for (const header of added) sent.push(header);
    for (const header of contentPolicy(this.#route, headers["content-type"])) sent.push(header);
    if (!this.#exchange.incoming.complete) outgoing.shouldKeepAlive = false;
    outgoing.writeHead(status, sent);
    if (this.#route.stream !== true) return;
    // A stream may have nothing to say for a while; that it is open is to be known at once.
    outgoing.flushHeaders();
    this.#exchange.answeredAt = performance.now();
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

  /**
   * The instance to send the call to again: whatever its method where nobody was there to read a byte of it, a read once
   * where its connection broke, for it changes nothing. Bounded by the instances there are.
   */
  #another(error: Error): Instance | undefined {
    const { headersSent } = this.#exchange.outgoing;
    if (this.#stopped !== undefined || headersSent || !this.#isUnread()) return undefined;
    const wasRead = !isUnreachable(error);
    if (wasRead && (this.#isRepeated || this.#route.method !== "GET" || !isBroken(error))) return undefined;
    this.#isRepeated ||= wasRead;
    this.#tried = [...this.#tried, this.#instance];
    const other = this.#upstream.take(this.#lane, this.#tried);
    if (typeof other !== "string") return other;
    if (!wasRead) return undefined;
    // A connection that was just being closed says nothing against the instance.
    const same = this.#upstream.take(this.#lane, noneTried);
    return typeof same === "string" ? undefined : same;
  }

  /** Can the body still be sent from its beginning? */
  #isUnread(): boolean {
    const { body } = this.#outbound;
    return body.kind !== "streamed" || !(body.stream.readableDidRead || body.stream.destroyed);
  }

  #fail(error: Error): void {
    const another = this.#another(error);
    if (another !== undefined) {
      this.#instance.failed(error);
      this.#instance.lanes[this.#lane].leave();
      this.#instance = another;
      this.#controller = undefined;
      this.#dispatch();
      return;
    }
    this.#end(error);
    const { outgoing } = this.#exchange;
    const isOurs = this.#stopped === clientLeft || this.#stopped === gatewayStops;
    if (isOurs || error instanceof Problem) this.#instance.breaker.abandoned();
    else if (!outgoing.headersSent) this.#instance.failed(error);
    if (this.#stopped === clientLeft) return;
    // A stream has no end to be missed: its reader connects again, to another gateway.
    if (this.#stopped === gatewayStops && outgoing.headersSent) return void outgoing.end();
    const { service, method } = this.#route;
    this.#exchange.refuse(toCallProblem(this.#stopped ?? error, { service, method }));
  }
}

function laneOf({ stream }: GatewayRoute): LaneName {
  return stream === true ? "streams" : "calls";
}

/** Sends a call to its service. Never throws: whatever happens is answered. */
export function forward(
  exchange: Exchange,
  route: GatewayRoute,
  { upstream, streams }: Ways,
  outbound: Outbound,
): void {
  const instance = upstream.take(laneOf(route), noneTried);
  if (typeof instance === "string") {
    const why = instance === "busy" ? "has too many calls in hand" : "does not answer right now";
    const problem = unavailable(`${upstream.service} ${why}.`);
    outbound.span?.end(problem);
    return exchange.refuse(problem);
  }
  new ProxiedCall(exchange, route, upstream, outbound, instance).start(streams);
}
