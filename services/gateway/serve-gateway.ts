/** The gateway's door: node's HTTP server with a bound on everything a client could make endless, and an orderly end. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Server as NetServer, Socket, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { AuditSink } from "@holdfast/chassis/audit";
import { createInFlight } from "@holdfast/chassis/in-flight";
import type { Logger } from "@holdfast/chassis/log";
import { toProblemJson, type Problem } from "@holdfast/chassis/problem";
import { malformedRequest } from "@holdfast/chassis/problems";
import { newTraceparent, traceIdOf } from "@holdfast/chassis/trace-context";
import { noteMalformed } from "./edge/note-refusal.ts";

export interface Door extends AsyncDisposable {
  readonly port: number;
  /** Takes no new connection and waits, bounded, for the calls in hand. */
  drain(): Promise<void>;
}

const headersTimeoutMs = 10_000;
/** A whole request, however slowly it is sent; the longest body is 256 KiB. */
const requestTimeoutMs = 30_000;
/** How often the two above are looked at. */
const checkIntervalMs = 2_000;
const keepAliveTimeoutMs = 75_000;
const largestHeaderBytes = 16_384;
const mostConnections = 16_384;
const drainTimeoutMs = 8_000;

function refuseRaw(problem: Problem, status: string): string {
  const body = JSON.stringify(
    toProblemJson(problem, { instance: "/", traceId: traceIdOf(newTraceparent()) }),
  );
  return [
    `HTTP/1.1 ${status}`,
    "content-type: application/problem+json",
    "cache-control: no-store",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}

const rawAnswers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: refuseRaw(
    malformedRequest(`At most ${largestHeaderBytes} bytes of headers are taken.`),
    "431 Request Header Fields Too Large",
  ),
  ERR_HTTP_REQUEST_TIMEOUT: refuseRaw(
    malformedRequest("The request did not arrive in time."),
    "408 Request Timeout",
  ),
};
const malformedAnswer = refuseRaw(malformedRequest(), "400 Bad Request");

/** What a parser refused, or what came too slowly to an end; not a connection that nobody ever used, or that broke. */
function tellsOfMischief(code: string, socket: Duplex): boolean {
  const isLate = code === "ERR_HTTP_REQUEST_TIMEOUT" && "bytesRead" in socket && socket.bytesRead !== 0;
  return code.startsWith("HPE_") || isLate;
}

function remoteAddressOf(socket: Duplex): string | undefined {
  return socket instanceof Socket ? socket.remoteAddress : undefined;
}

/** Starts listening; rejects when the address cannot be bound. */
export async function serveGateway(options: {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  readonly audit: AuditSink;
  readonly listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** Called when draining begins: from then on calls are to be turned away. */
  readonly onDrain: () => void;
}): Promise<Door> {
  const { host, log, audit, listener } = options;
  const inFlight = createInFlight();
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: largestHeaderBytes,
      noDelay: true,
      insecureHTTPParser: false,
      // Node would answer by itself, and nobody would know; `requireUnambiguous` refuses what has none.
      requireHostHeader: false,
      // A request without a body, as most are, costs no stream of one.
      optimizeEmptyRequests: true,
    },
    (incoming, outgoing) => {
      inFlight.enter();
      outgoing.once("close", () => inFlight.leave());
      // What is written to a client that has just left is lost, which `close` tells too.
      outgoing.on("error", () => {});
      listener(incoming, outgoing);
    },
  );
  server.maxConnections = mostConnections;
  server.on("clientError", (error, socket) => {
    if (!socket.writable) return void socket.destroy();
    const code = "code" in error && typeof error.code === "string" ? error.code : "";
    if (tellsOfMischief(code, socket)) noteMalformed(remoteAddressOf(socket), audit);
    socket.end(rawAnswers[code] ?? malformedAnswer);
  });
  const bound = Promise.withResolvers<void>();
  server.once("error", bound.reject);
  server.listen(options.port, host, bound.resolve);
  await bound.promise;
  server.off("error", bound.reject);

  const drainOnce = async () => {
    options.onDrain();
    // net's close() only stops listening; http's would cut idle connections on which a request may be on its way.
    NetServer.prototype.close.call(server);
    if (!(await inFlight.settled(drainTimeoutMs))) {
      log.warn({ inFlight: inFlight.count }, "calls were still in hand when the drain timed out");
    }
  };
  let draining: Promise<void> | undefined;
  const drain = () => (draining ??= drainOnce());
  return {
    port: (server.address() as AddressInfo).port,
    drain,
    [Symbol.asyncDispose]: async () => {
      await drain();
      server.closeAllConnections();
      server.close();
    },
  };
}
