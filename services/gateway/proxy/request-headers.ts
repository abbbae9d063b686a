/** What goes on to a service of a client's headers: all but what is between two hops, and what only the gateway may say. */
import type { IncomingHttpHeaders } from "node:http";

/** Of this connection alone (RFC 9110, 7.6.1), or written anew, or able to change what another reader takes the request for. */
const dropped = new Set([
  "authorization",
  "connection",
  "content-length",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "traceparent",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-cluster-client-ip",
  "x-csrf-token",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-real-ip",
  "x-request-id",
  "x-rewrite-url",
  "true-client-ip",
]);

const droppedPrefixes = /^x-(?:user|forwarded|internal|client)(?:-|$)/;

/** What the gateway says about a call. */
export interface CallFacts {
  readonly clientAddress: string;
  readonly proto: "http" | "https";
  readonly host: string;
  readonly requestId: string;
  readonly traceparent: string;
  /** The caller's, as it is checked again by the service; it may have come in a cookie, or stand for an API key. */
  readonly authorization: string | undefined;
  /** ISO 3166, as a trusted proxy told it; undefined where none did. */
  readonly country: string | undefined;
  /** Is the service to see the client's cookies, and what proves them? */
  readonly withCookies: boolean;
  /** Bytes of the body; undefined where it is streamed without its length being known, or there is none. */
  readonly contentLength: number | undefined;
}

const tokenShape = /^[\w!#$%&'*+.^`|~-]+$/;

/** An address as RFC 7239 writes it. */
function forwardedNode(address: string): string {
  if (address === "unknown") return address;
  return address.includes(":") ? `"[${address}]"` : address;
}

function forwardedHeader({ clientAddress, proto, host }: CallFacts): string {
  const hostValue = tokenShape.test(host) ? host : `"${host.replaceAll(/["\\]/g, "\\$&")}"`;
  return `for=${forwardedNode(clientAddress)};host=${hostValue};proto=${proto}`;
}

/** Header names that the client's Connection header says are of this connection. */
function connectionOptions(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return undefined;
  return new Set(connection.split(",").map((option) => option.trim().toLowerCase()));
}

function pushCookies(headers: string[], { cookie, "x-csrf-token": csrf }: IncomingHttpHeaders): void {
  if (cookie !== undefined) headers.push("cookie", cookie);
  if (typeof csrf === "string") headers.push("x-csrf-token", csrf);
}

/** The headers to send to the service, as name, value, name, value. */
export function requestHeaders(sent: IncomingHttpHeaders, facts: CallFacts): string[] {
  const hopByHop = connectionOptions(sent.connection);
  const headers: string[] = [];
  for (const name in sent) {
    if (dropped.has(name) || hopByHop?.has(name) === true) continue;
    // Only names that begin with x- can be the gateway's; the check is cheap for the rest.
    if (name.startsWith("x-") && droppedPrefixes.test(name)) continue;
    const value = sent[name];
    if (value !== undefined) headers.push(name, typeof value === "string" ? value : value.join(", "));
  }
  if (facts.authorization !== undefined) headers.push("authorization", facts.authorization);
  if (facts.withCookies) pushCookies(headers, sent);
  if (facts.country !== undefined) headers.push("x-client-country", facts.country);
  headers.push("x-forwarded-for", facts.clientAddress, "x-forwarded-proto", facts.proto);
  if (facts.host !== "") headers.push("x-forwarded-host", facts.host);
  headers.push(
    "forwarded",
    forwardedHeader(facts),
    "x-request-id",
    facts.requestId,
    "traceparent",
    facts.traceparent,
  );
  if (facts.contentLength !== undefined) headers.push("content-length", String(facts.contentLength));
  return headers;
}
