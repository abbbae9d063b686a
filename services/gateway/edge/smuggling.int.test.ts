import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { startUpstream } from "../testing/recording-upstream.ts";
import { routeOf, startDoor } from "../testing/start-door.ts";

async function open() {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(await startUpstream());
  const routes = [routeOf({ path: "/read" }), routeOf({ method: "POST", path: "/write" })];
  const door = stack.use(await startDoor({ upstreamUrl: upstream.url, routes }));
  return { upstream, door, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Sends these bytes and gives back all that is answered until the gateway closes the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ port, host: "127.0.0.1" });
  const tooLate = setTimeout(() => {
    socket.destroy();
    reject(new Error(`the connection stayed open; answered so far: ${text}`));
  }, 5_000);
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    clearTimeout(tooLate);
    resolve(text);
  });
  socket.write(bytes, "latin1");
  return promise;
}

const lines = (...all: string[]) => all.join("\r\n");
const hidden = lines("GET /internal/contacts HTTP/1.1", "Host: a", "", "");

const malformed: [string, string][] = [
  [
    "both Content-Length and Transfer-Encoding",
    lines(
      "POST /write HTTP/1.1",
      "Host: a",
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      "",
      "0",
      "",
      hidden,
    ),
  ],
  [
    "both, the other way round",
    lines(
      "POST /write HTTP/1.1",
      "Host: a",
      "Transfer-Encoding: chunked",
      "Content-Length: 5",
      "",
      "0",
      "",
      hidden,
    ),
  ],
  [
    "two lengths that differ",
    lines(
      "POST /write HTTP/1.1",
      "Host: a",
      "Content-Length: 0",
      `Content-Length: ${hidden.length}`,
      "",
      hidden,
    ),
  ],
  ["a list of lengths", lines("POST /write HTTP/1.1", "Host: a", "Content-Length: 2, 2", "", "{}")],
  ["a length with a sign", lines("POST /write HTTP/1.1", "Host: a", "Content-Length: +2", "", "{}")],
  ["a length in hex", lines("POST /write HTTP/1.1", "Host: a", "Content-Length: 0x2", "", "{}")],
  [
    "a space before a header's colon",
    lines("POST /write HTTP/1.1", "Host: a", "Content-Length : 2", "", "{}"),
  ],
  [
    "a coding after chunked",
    lines("POST /write HTTP/1.1", "Host: a", "Transfer-Encoding: chunked, identity", "", "0", "", hidden),
  ],
  [
    "an unknown coding",
    lines("POST /write HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked", "", "0", "", hidden),
  ],
  [
    "a chunk size that is none",
    lines("POST /write HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "zz", "{}", "0", "", ""),
  ],
  [
    "a bare line feed in a chunk's size",
    lines("POST /write HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "2\n{}", "0", "", ""),
  ],
  ["a folded header", lines("GET /read HTTP/1.1", "Host: a", "X-A: b", " c", "", "")],
  ["a line feed in a header", lines("GET /read HTTP/1.1", "Host: a", "X-A: b\rX-User-Id: admin", "", "")],
  ["a null byte in a header", lines("GET /read HTTP/1.1", "Host: a", "X-A: b\0c", "", "")],
  ["lines that end in a bare line feed", "GET /read HTTP/1.1\nHost: a\n\n"],
  ["one header that ends in a bare line feed", "GET /read HTTP/1.1\r\nX-A: b\nHost: a\r\n\r\n"],
  ["a header folded with a tab", lines("GET /read HTTP/1.1", "Host: a", "X-A: b", "\tc", "", "")],
  ["two hosts", lines("GET /read HTTP/1.1", "Host: a", "Host: internal", "", "")],
  [
    "two tokens",
    lines("GET /read HTTP/1.1", "Host: a", "Authorization: Bearer a", "authorization: Bearer b", "", ""),
  ],
  [
    "the same length twice",
    lines("POST /write HTTP/1.1", "Host: a", "Content-Length: 2", "Content-Length: 2", "", "{}"),
  ],
  [
    "a coding that hides behind a tab",
    lines("POST /write HTTP/1.1", "Host: a", "Transfer-Encoding:\tchunked, x", "", "0", "", hidden),
  ],
  [
    "two codings, one of them none",
    lines(
      "POST /write HTTP/1.1",
      "Host: a",
      "Transfer-Encoding: identity",
      "Transfer-Encoding: chunked",
      "",
      "0",
      "",
      hidden,
    ),
  ],
  [
    "a chunk size with a sign",
    lines("POST /write HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "+2", "{}", "0", "", ""),
  ],
  [
    "a chunk size beyond any number",
    lines(
      "POST /write HTTP/1.1",
      "Host: a",
      "Transfer-Encoding: chunked",
      "",
      "10000000000000002",
      "{}",
      "0",
      "",
      "",
    ),
  ],
  [
    "a bare line feed in a chunk's extension",
    lines("POST /write HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "2;a\nb", "{}", "0", "", ""),
  ],
  ["a request of HTTP 0.9", "GET /read\r\n\r\n"],
  ["a header without a name", lines("GET /read HTTP/1.1", "Host: a", ": b", "", "")],
  ["a header before whose name is a space", "GET /read HTTP/1.1\r\n Host: a\r\n\r\n"],
  ["a target of this very host in absolute form", lines("GET http://a/read HTTP/1.1", "Host: a", "", "")],
  ["no host", lines("GET /read HTTP/1.1", "", "")],
  [
    "an absolute target",
    lines("GET http://evil.example/read HTTP/1.1", "Host: a", "Connection: close", "", ""),
  ],
  ["a space in the target", lines("GET /read /x HTTP/1.1", "Host: a", "", "")],
  ["another protocol", lines("GET /read HTTP/9.1", "Host: a", "", "")],
];

test.each(malformed)(
  "refuses %s, closes the connection, and completes no call to a service",
  async (_, bytes) => {
    await using at = await open();
    const answered = await exchange(at.door.port, bytes);
    const statuses = answered.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    expect(statuses, answered).toEqual(["HTTP/1.1 400"]);
    // A streamed body may have begun when its coding turned out to be broken: that call is cut off.
    await vi.waitFor(() =>
      expect(at.upstream.received.filter(({ url, aborted }) => url !== "/write" || !aborted)).toEqual([]),
    );
  },
);

test("refuses more headers than it takes with 431", async () => {
  await using at = await open();
  const bytes = lines("GET /read HTTP/1.1", "Host: a", `X-A: ${"b".repeat(20_000)}`, "", "");
  expect(await exchange(at.door.port, bytes)).toMatch(/^HTTP\/1\.1 431 .*application\/problem\+json/s);
  expect(at.upstream.received).toEqual([]);
});

test("a refusal of malformed HTTP is a problem document too", async () => {
  await using at = await open();
  const answered = await exchange(at.door.port, "NONSENSE\r\n\r\n");
  const body = JSON.parse(answered.slice(answered.indexOf("\r\n\r\n") + 4)) as { code: string };
  expect(body.code).toBe("request/malformed");
});

test("what follows a body is a request of its own, checked like any other", async () => {
  await using at = await open();
  const first = lines("POST /write HTTP/1.1", "Host: a", "Content-Length: 2", "", "{}");
  const second = lines("GET /internal/contacts HTTP/1.1", "Host: a", "Connection: close", "", "");
  const answered = await exchange(at.door.port, first + second);
  expect(answered.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 404"]);
  expect(at.upstream.received.map(({ url }) => url)).toEqual(["/write"]);
});

test("a chunked body reaches the service as it was meant, its trailers do not", async () => {
  await using at = await open();
  const bytes = lines(
    "POST /write HTTP/1.1",
    "Host: a",
    "Transfer-Encoding: chunked",
    "Trailer: X-User-Id",
    "Connection: close",
    "",
    "2",
    "{}",
    "0",
    "X-User-Id: admin",
    "",
    "",
  );
  expect(await exchange(at.door.port, bytes)).toMatch(/^HTTP\/1\.1 200/);
  expect(at.upstream.received).toHaveLength(1);
  expect(at.upstream.received[0]!.body).toBe("{}");
  expect(at.upstream.received[0]!.headers).not.toHaveProperty("x-user-id");
});

test("takes a chunk's extension for nothing, and passes none of it on", async () => {
  await using at = await open();
  const bytes = lines(
    "POST /write HTTP/1.1",
    "Host: a",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "",
    '2;note="GET /internal/contacts HTTP/1.1"',
    "{}",
    "0",
    "",
    "",
  );
  expect(await exchange(at.door.port, bytes)).toMatch(/^HTTP\/1\.1 200/);
  expect(at.upstream.received.map(({ url, body }) => [url, body])).toEqual([["/write", "{}"]]);
});

test.each(["gzip", "deflate", "br", "identity, gzip", "GZIP"])(
  "refuses a body compressed by %s before it is read",
  async (coding) => {
    await using at = await open();
    const head = lines(
      "POST /write HTTP/1.1",
      "Host: a",
      `Content-Encoding: ${coding}`,
      "Content-Length: 60000",
      "",
      "",
    );
    // Nothing of the body is sent, and the answer is there.
    const answered = await exchange(at.door.port, head);
    expect(answered).toMatch(/^HTTP\/1\.1 415 .*request\/unsupported-media-type/s);
    expect(at.upstream.received).toEqual([]);
  },
);

test("asks for no upgrade and opens no tunnel", async () => {
  await using at = await open();
  const upgrade = lines(
    "GET /read HTTP/1.1",
    "Host: a",
    "Connection: Upgrade, close",
    "Upgrade: h2c",
    "HTTP2-Settings: x",
    "",
    "",
  );
  expect(await exchange(at.door.port, upgrade)).toMatch(/^HTTP\/1\.1 200/);
  expect(at.upstream.received[0]!.headers).not.toHaveProperty("upgrade");
  expect(
    await exchange(at.door.port, lines("CONNECT evil.example:443 HTTP/1.1", "Host: a", "", "")),
  ).not.toMatch(/ 200 /);
});
