import { expect, test } from "vitest";
import { contentPolicy, inertContent, responseHeaders, securityHeaders } from "./response-headers.ts";

test("passes a service's answer on without what concerns the connection, the service, or other origins", () => {
  expect(
    responseHeaders(
      {
        "content-type": "application/json",
        etag: '"3"',
        link: "</v1/bookings?after=x>; rel=next",
        "set-cookie": ["a=1", "b=2"],
        connection: "keep-alive",
        "keep-alive": "timeout=75",
        "transfer-encoding": "chunked",
        server: "secret/1.0",
        "access-control-allow-origin": "*",
        "x-request-id": "theirs",
        "permissions-policy": "camera=*",
        "cache-control": "max-age=5",
      },
      { cookies: true },
    ),
  ).toEqual([
    "content-type",
    "application/json",
    "etag",
    '"3"',
    "link",
    "</v1/bookings?after=x>; rel=next",
    "set-cookie",
    "a=1",
    "set-cookie",
    "b=2",
    "cache-control",
    "max-age=5",
  ]);
});

test("no service but the one that signs people in sets a cookie, and nothing is kept that nobody said may be", () => {
  expect(responseHeaders({ "set-cookie": ["a=1"], etag: "1" }, { cookies: false })).toEqual([
    "etag",
    "1",
    "cache-control",
    "no-store",
  ]);
});

test("every answer carries what keeps it from being sniffed, framed, embedded or given a device", () => {
  expect(securityHeaders({ production: true }).filter((_, index) => index % 2 === 0)).toEqual([
    "x-content-type-options",
    "referrer-policy",
    "x-frame-options",
    "cross-origin-resource-policy",
    "permissions-policy",
    "strict-transport-security",
  ]);
});

test("asks for TLS only where the gateway is reached by it", () => {
  expect(securityHeaders({ production: true })).toContain("strict-transport-security");
  expect(securityHeaders({ production: false })).not.toContain("strict-transport-security");
});

test("lets styles of their own apply to pages of routes that answer with pages, and to nothing else", () => {
  const [name, policy] = contentPolicy({ page: true }, "text/html; charset=utf-8");
  expect(name).toBe("content-security-policy");
  expect(policy?.split("; ")).toEqual([
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
  for (const [route, type] of [
    [{ page: true }, "application/pdf"],
    [{ page: true }, "application/json"],
    [{ page: true }, undefined],
    [{ page: false }, "text/html"],
    [{}, "text/html"],
  ] as const) {
    expect(contentPolicy(route, type)).toBe(inertContent);
  }
});
