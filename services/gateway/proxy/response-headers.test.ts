import { expect, test } from "vitest";
import { responseHeaders, securityHeaders } from "./response-headers.ts";

test("passes a service's answer on without what concerns the connection, the service, or other origins", () => {
  expect(
    responseHeaders({
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
    }),
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
  ]);
});

test("asks for TLS only where the gateway is reached by it", () => {
  expect(securityHeaders({ production: true })).toContain("strict-transport-security");
  expect(securityHeaders({ production: false })).not.toContain("strict-transport-security");
});
