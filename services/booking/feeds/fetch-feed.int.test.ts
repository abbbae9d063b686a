import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { fetchFeed, isAllowedFeedUrl, type FetchFeedOptions } from "./fetch-feed.ts";
import { anyAddresses, publicAddresses, type AddressRules } from "./public-address.ts";

let server: Server;
let port: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let seen: IncomingMessage[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
});

const never = new AbortController().signal;
const nothingRead = { etag: null, lastModified: null };
const timeoutMs = 2_000;
/** In place of the line between public and private addresses: here everything else is inside. */
const onlyThisOne: AddressRules = { allowHttp: true, isAllowed: (address) => address === "127.0.0.1" };

const fetchIt = (path: string, options: Partial<FetchFeedOptions> = {}, host = "127.0.0.1") =>
  fetchFeed(`http://${host}:${port}${path}`, nothingRead, {
    addresses: anyAddresses,
    signal: never,
    timeoutMs,
    ...options,
  });

const failed = (error: string) => ({ kind: "failed", error });

test("brings a calendar and what to ask for it by, whatever its content type, and sends no more than it must", async () => {
  answer = (_request, response) =>
    response.setHeader("etag", '"1"').setHeader("last-modified", "yesterday").end("BEGIN:VCALENDAR");
  expect(await fetchIt("/c.ics?key=secret")).toEqual({
    kind: "changed",
    text: "BEGIN:VCALENDAR",
    etag: '"1"',
    lastModified: "yesterday",
  });
  expect(seen[0]?.url).toBe("/c.ics?key=secret");
  expect(Object.keys(seen[0]?.headers ?? {}).toSorted()).toEqual([
    "accept",
    "accept-encoding",
    "connection",
    "host",
    "user-agent",
  ]);
});

test("asks for changes only where it has read before", async () => {
  answer = (request, response) => {
    response.statusCode = request.headers["if-none-match"] === '"1"' ? 304 : 200;
    response.end();
  };
  const options = { addresses: anyAddresses, signal: never, timeoutMs };
  const last = { etag: '"1"', lastModified: "yesterday" };
  expect(await fetchFeed(`http://127.0.0.1:${port}/`, last, options)).toEqual({ kind: "unchanged" });
  expect(seen[0]?.headers["if-modified-since"]).toBe("yesterday");
});

test("does not send back an entity tag that no request could carry", async () => {
  answer = (_request, response) => response.setHeader("etag", `"${"x".repeat(2_000)}"`).end("x");
  expect(await fetchIt("/")).toMatchObject({ kind: "changed", etag: null });
});

test("follows three redirects and no fourth, nor a loop", async () => {
  answer = (request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end("there");
    else response.writeHead(302, { location: `/${left - 1}` }).end("elsewhere");
  };
  expect(await fetchIt("/3")).toMatchObject({ kind: "changed", text: "there" });
  expect(await fetchIt("/4")).toEqual(failed("too-many-redirects"));
  seen = [];
  answer = (request, response) => response.writeHead(301, { location: request.url ?? "/" }).end();
  expect(await fetchIt("/round")).toEqual(failed("too-many-redirects"));
  expect(seen).toHaveLength(4);
});

test.for([
  ["another address", "http://169.254.169.254/latest/meta-data"],
  ["another address, in hexadecimal", "http://0x7f.0x0.0x0.0x2/"],
  ["an IPv6 address", "http://[::1]/"],
  ["a name of another address", "http://inside.test/"],
  ["another protocol", "ftp://127.0.0.1/"],
  ["a login", "http://user:word@127.0.0.1/"],
] as const)("checks where a redirect leads: refuses %s", async ([, location]) => {
  answer = (_request, response) => response.writeHead(307, { location }).end();
  const resolve = async () => [{ address: "10.0.0.7", family: 4 }];
  expect(await fetchIt("/", { addresses: onlyThisOne, resolve })).toEqual(failed("address-not-allowed"));
  expect(seen).toHaveLength(1);
});

test("refuses a host of which any address is inside, and asks nobody there", async () => {
  const resolve = async () => [
    { address: "127.0.0.1", family: 4 },
    { address: "10.0.0.7", family: 4 },
  ];
  const options = { addresses: onlyThisOne, resolve };
  expect(await fetchIt("/", options, "feed.test")).toEqual(failed("address-not-allowed"));
  expect(seen).toHaveLength(0);
});

test("connects to the address it checked: a name that means something else a moment later changes nothing", async () => {
  answer = (_request, response) => response.end("checked");
  let asked = 0;
  const resolve = async () => [{ address: asked++ === 0 ? "127.0.0.1" : "10.0.0.7", family: 4 }];
  const options = { addresses: onlyThisOne, resolve };
  expect(await fetchIt("/", options, "feed.test")).toMatchObject({ kind: "changed", text: "checked" });
  expect(seen[0]?.headers.host).toBe(`feed.test:${port}`);
  expect(asked).toBe(1);
});

test.for([
  ["http", "http://calendar.example/"],
  ["loopback", "https://127.0.0.1/"],
  ["loopback as a number", "https://2130706433/"],
  ["metadata", "https://169.254.169.254/"],
  ["IPv6 loopback", "https://[::1]/"],
  ["a mapped private address", "https://[::ffff:10.0.0.1]/"],
  ["a file", "file:///etc/passwd"],
  ["a login", "https://user:word@calendar.example/"],
] as const)("nothing but https to a public host is allowed from the start: not %s", async ([, url]) => {
  expect(isAllowedFeedUrl(url, publicAddresses)).toBe(false);
  const options = { addresses: publicAddresses, signal: never, timeoutMs };
  expect(await fetchFeed(url, nothingRead, options)).toEqual(failed("address-not-allowed"));
});

test("a public name that leads to this machine is refused by its address", async () => {
  const options = { addresses: publicAddresses, signal: never, timeoutMs };
  const url = `https://localhost:${port}/`;
  expect(isAllowedFeedUrl(url, publicAddresses)).toBe(true);
  expect(await fetchFeed(url, nothingRead, options)).toEqual(failed("address-not-allowed"));
  expect(seen).toHaveLength(0);
});

test("stops reading after a mebibyte, whatever was announced", async () => {
  let sent = 0;
  answer = (_request, response) => {
    const chunk = "x".repeat(65_536);
    const more = () => {
      while (response.writable && sent < 64 * 1_048_576) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
    };
    more();
  };
  expect(await fetchIt("/")).toEqual(failed("too-large"));
  expect(sent).toBeLessThan(16 * 1_048_576);
});

test("does not unfold what is compressed", async () => {
  answer = (_request, response) => response.setHeader("content-encoding", "gzip").end("x");
  expect(await fetchIt("/")).toEqual(failed("refused"));
});

test.for([404, 500, 204])("takes status %d for no calendar", async (status) => {
  answer = (_request, response) => response.writeHead(status).end();
  expect(await fetchIt("/")).toEqual(failed("refused"));
});

test.for([
  ["says nothing", () => undefined],
  [
    "sends a byte at a time",
    async (_request: IncomingMessage, response: ServerResponse) => {
      while (!response.destroyed) {
        response.write("x");
        await pause(20);
      }
    },
  ],
] as const)("gives up in time on a server that %s", async ([, drip]) => {
  answer = (request, response) => void drip(request, response);
  const began = performance.now();
  expect(await fetchIt("/", { timeoutMs: 300 })).toEqual(failed("timed-out"));
  expect(performance.now() - began).toBeLessThan(2_000);
});

test("gives up in time on a resolver that does not answer, and tells an unknown host", async () => {
  const silent = { timeoutMs: 200, resolve: () => new Promise<never>(() => undefined) };
  expect(await fetchIt("/", silent, "feed.test")).toEqual(failed("timed-out"));
  expect(await fetchIt("/", { resolve: async () => [] }, "feed.test")).toEqual(failed("host-not-found"));
});

test("says that nobody answers, and stops when the process does", async () => {
  const options = { addresses: anyAddresses, signal: never, timeoutMs };
  expect(await fetchFeed("http://127.0.0.1:1/", nothingRead, options)).toEqual(failed("unreachable"));
  answer = () => undefined;
  const stopping = AbortSignal.timeout(100);
  const began = performance.now();
  expect(await fetchIt("/", { signal: stopping, timeoutMs: 30_000 })).toMatchObject({ kind: "failed" });
  expect(performance.now() - began).toBeLessThan(5_000);
});
