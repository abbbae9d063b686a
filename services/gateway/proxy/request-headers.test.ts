import { expect, test } from "vitest";
import { requestHeaders, type CallFacts } from "./request-headers.ts";

const facts: CallFacts = {
  clientAddress: "192.0.2.7",
  proto: "http",
  host: "api.example.com",
  requestId: "request-1",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  contentLength: undefined,
  authorization: undefined,
  country: undefined,
  withCookies: false,
};

function send(sent: Record<string, string>, more: Partial<CallFacts> = {}): Record<string, string> {
  const flat = requestHeaders(sent, { ...facts, ...more });
  const names = flat.filter((_, index) => index % 2 === 0);
  expect(new Set(names).size, "no header is sent twice").toBe(names.length);
  return Object.fromEntries(names.map((name, index) => [name, flat[index * 2 + 1]!]));
}

test("passes on what is the client's to say", () => {
  const sent = {
    "content-type": "application/json",
    "idempotency-key": "k",
    "if-match": '"3"',
    prefer: "wait=5",
    "stripe-signature": "t=1,v1=a",
    "x-custom": "yes",
    "x-username": "not ours",
  };
  expect(send(sent)).toMatchObject(sent);
});

test("drops what only the gateway may say, and says it", () => {
  const forged = {
    "x-user-id": "usr_admin",
    "x-user-roles": "admin",
    "x-user": "admin",
    "x-internal-caller": "booking",
    "x-client-country": "DE",
    "x-client-ip": "203.0.113.1",
    "x-csrf-token": "t",
    cookie: "__Host-holdfast-access=t",
    authorization: "Bearer the-cookie's-or-the-key's-goes-on-instead",
    "x-forwarded-for": "203.0.113.1",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-prefix": "/admin",
    forwarded: "for=203.0.113.1",
    "x-real-ip": "203.0.113.1",
    "x-original-url": "/internal/contacts",
    "x-http-method-override": "DELETE",
    "x-request-id": "forged-request",
    traceparent: "forged",
  };
  expect(send(forged)).toEqual({
    "x-forwarded-for": "192.0.2.7",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "api.example.com",
    forwarded: "for=192.0.2.7;host=api.example.com;proto=http",
    "x-request-id": "request-1",
    traceparent: facts.traceparent,
  });
});

test("drops what belongs to the client's connection, named or not", () => {
  const kept = send({
    connection: "close, X-Secret-Hop",
    "x-secret-hop": "1",
    "keep-alive": "timeout=5",
    te: "trailers",
    trailer: "x-checksum",
    "transfer-encoding": "chunked",
    upgrade: "websocket",
    "proxy-authorization": "Basic x",
    expect: "100-continue",
    host: "evil.example",
    "content-length": "999",
    accept: "*/*",
  });
  expect(Object.keys(kept).toSorted()).toEqual(
    [
      "accept",
      "forwarded",
      "traceparent",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-proto",
      "x-request-id",
    ].toSorted(),
  );
});

test("sends the length it counted, not the one it was told", () => {
  expect(send({ "content-length": "999" }, { contentLength: 12 })["content-length"]).toBe("12");
});

test("writes Forwarded so that no host or address can add to it", () => {
  expect(send({}, { clientAddress: "2001:db8::1", host: "api.example.com:8443" })["forwarded"]).toBe(
    'for="[2001:db8::1]";host="api.example.com:8443";proto=http',
  );
  expect(send({}, { host: 'a";for=1.1.1.1' })["forwarded"]).toBe(
    'for=192.0.2.7;host="a\\";for=1.1.1.1";proto=http',
  );
});

test("sends on whom the gateway found the caller to be, and the country that it believes", () => {
  expect(send({ authorization: "Bearer hfk_1" }, { authorization: "Bearer x", country: "DE" })).toMatchObject(
    {
      authorization: "Bearer x",
      "x-client-country": "DE",
    },
  );
});

test("a service is sent cookies, and what proves them, on its own routes alone", () => {
  const sent = { cookie: "__Secure-holdfast-refresh=r", "x-csrf-token": "t" };
  expect(send(sent, { withCookies: true })).toMatchObject(sent);
  expect(send(sent)).not.toHaveProperty("cookie");
});
