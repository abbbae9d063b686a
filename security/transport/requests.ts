/** Requests as bytes, well-formed and not. */
import { lines } from "../raw.ts";
import type { RouteGround } from "../route-ground.ts";

/** The attacker is a customer; what they would smuggle past the gateway changes a name, or reaches what is internal. */
export const tokenOf = ({ world }: RouteGround) => world.people.customer.client.tokens.accessToken;
export const auth = (ground: RouteGround) => `Authorization: Bearer ${tokenOf(ground)}`;
const renamed = '{"name":"Smuggled"}';

/** A second request that must not be carried out. */
export const hidden = (ground: RouteGround) =>
  lines(
    "PATCH /v1/me HTTP/1.1",
    "Host: a",
    auth(ground),
    "Content-Type: application/json",
    `Content-Length: ${renamed.length}`,
    "",
    renamed,
  );

/** The head of a change of one's name, with these headers; then these bytes. */
export const change = (ground: RouteGround, headers: readonly string[], body: string) =>
  lines(
    "PATCH /v1/me HTTP/1.1",
    "Host: a",
    auth(ground),
    "Content-Type: application/json",
    ...headers,
    "",
    body,
  );

export const read = (ground: RouteGround, ...headers: readonly string[]) =>
  lines("GET /v1/me HTTP/1.1", "Host: a", auth(ground), ...headers, "", "");

const chunkedBody = (ground: RouteGround) => `0\r\n\r\n${hidden(ground)}`;

type Bytes = (ground: RouteGround) => string;

/** What is no well-formed request, or could be read in two ways: refused before anything else is looked at. */
export const malformed: readonly [what: string, bytes: Bytes][] = [
  ["CL.TE", (g) => change(g, ["Content-Length: 6", "Transfer-Encoding: chunked"], chunkedBody(g))],
  ["TE.CL", (g) => change(g, ["Transfer-Encoding: chunked", "Content-Length: 4"], chunkedBody(g))],
  [
    "TE.TE: a second coding that is none",
    (g) => change(g, ["Transfer-Encoding: chunked", "Transfer-Encoding: x"], chunkedBody(g)),
  ],
  [
    "TE.TE: chunked is not the last",
    (g) => change(g, ["Transfer-Encoding: chunked, identity"], chunkedBody(g)),
  ],
  ["TE.TE: xchunked", (g) => change(g, ["Transfer-Encoding: xchunked"], chunkedBody(g))],
  ["TE.TE: a space before the colon", (g) => change(g, ["Transfer-Encoding : chunked"], chunkedBody(g))],
  ["TE.TE: folded", (g) => change(g, ["Transfer-Encoding:", " chunked"], chunkedBody(g))],
  ["TE.TE: a vertical tab", (g) => change(g, ["Transfer-Encoding: \vchunked"], chunkedBody(g))],
  [
    "two lengths that differ",
    (g) => change(g, ["Content-Length: 0", `Content-Length: ${hidden(g).length}`], hidden(g)),
  ],
  ["the same length twice", (g) => change(g, ["Content-Length: 19", "Content-Length: 19"], renamed)],
  ["a list of lengths", (g) => change(g, ["Content-Length: 19, 19"], renamed)],
  ["a length with a sign", (g) => change(g, ["Content-Length: +19"], renamed)],
  ["a length in hex", (g) => change(g, ["Content-Length: 0x13"], renamed)],
  ["a length below nothing", (g) => change(g, ["Content-Length: -1"], renamed)],
  ["a length beyond any number", (g) => change(g, ["Content-Length: 18446744073709551616"], renamed)],
  [
    "a chunk size that is none",
    (g) => change(g, ["Transfer-Encoding: chunked"], `zz\r\n${renamed}\r\n0\r\n\r\n`),
  ],
  [
    "a chunk size with a sign",
    (g) => change(g, ["Transfer-Encoding: chunked"], `+13\r\n${renamed}\r\n0\r\n\r\n`),
  ],
  [
    "a chunk size beyond any number",
    (g) => change(g, ["Transfer-Encoding: chunked"], `FFFFFFFFFFFFFFFFF\r\n${renamed}\r\n0\r\n\r\n`),
  ],
  [
    "a bare line feed behind a chunk's size",
    (g) => change(g, ["Transfer-Encoding: chunked"], `13\n${renamed}\r\n0\r\n\r\n`),
  ],
  [
    "a bare line feed in a chunk's extension",
    (g) => change(g, ["Transfer-Encoding: chunked"], `13;a\nb\r\n${renamed}\r\n0\r\n\r\n`),
  ],
  ["bare line feeds", (g) => `GET /v1/me HTTP/1.1\nHost: a\n${auth(g)}\n\n`],
  ["a bare carriage return in a header", (g) => read(g, "X-A: b\rX-User-Id: admin")],
  ["a NUL in a header", (g) => read(g, "X-A: b\0c")],
  ["a header that is folded", (g) => read(g, "X-A: b", " c")],
  ["a header without a name", (g) => read(g, ": b")],
  ["a space before a header's colon", (g) => read(g, "X-User-Id : admin")],
  ["a space before the first header's name", (g) => `GET /v1/me HTTP/1.1\r\n Host: a\r\n${auth(g)}\r\n\r\n`],
  ["a space inside the target", () => lines("GET /v1/me /v1/users HTTP/1.1", "Host: a", "", "")],
  ["a CRLF inside the path", () => "GET /v1/me\r\nX-User-Id: admin HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a method that is none", () => lines("GE(T /v1/me HTTP/1.1", "Host: a", "", "")],
  ["another protocol", () => lines("GET /v1/me HTTP/9.1", "Host: a", "", "")],
  ["HTTP/0.9", () => "GET /v1/me\r\n\r\n"],
  ["HTTP/2 with prior knowledge", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["the greeting of TLS", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["no host", () => lines("GET /v1/me HTTP/1.1", "", "")],
];

/** These a parser lets through, and the gateway does not. */
export const ambiguous: readonly [what: string, bytes: Bytes][] = [
  ["two hosts", (g) => read(g, "Host: internal")],
  ["two tokens", (g) => read(g, "authorization: Bearer b")],
  [
    "a target in absolute form",
    () => lines("GET http://internal/internal/contacts HTTP/1.1", "Host: a", "", ""),
  ],
  [
    "a target of this very host in absolute form",
    () => lines("GET http://a/v1/me HTTP/1.1", "Host: a", "", ""),
  ],
  ["a target with a fragment", () => lines("GET /v1/me#x HTTP/1.1", "Host: a", "", "")],
  [
    "a body where the method has none",
    (g) => lines("GET /v1/me HTTP/1.1", "Host: a", auth(g), "Content-Length: 2", "", "{}"),
  ],
  ["deflate before chunked", (g) => change(g, ["Transfer-Encoding: deflate, chunked"], chunkedBody(g))],
  ["two types", (g) => change(g, ["content-type: text/plain", "Content-Length: 19"], renamed)],
];
