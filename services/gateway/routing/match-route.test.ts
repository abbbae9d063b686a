import { describe, expect, test } from "vitest";
import { createRouteMatcher, isParameterValue } from "./match-route.ts";

const matcher = createRouteMatcher([
  { method: "GET", path: "/v1/bookings" },
  { method: "POST", path: "/v1/bookings" },
  { method: "GET", path: "/v1/bookings/{bookingId}" },
  { method: "POST", path: "/v1/bookings/{bookingId}/cancel" },
  { method: "POST", path: "/v1/bookings/import/{fileId}/start" },
  { method: "GET", path: "/.well-known/jwks.json" },
]);

function pathOf(method: string, path: string): string {
  const match = matcher.match(method, path);
  return match.kind === "route" ? match.route.path : match.kind;
}

test("finds literal addresses, and parameters where no literal fits", () => {
  expect(pathOf("GET", "/v1/bookings")).toBe("/v1/bookings");
  expect(pathOf("GET", "/v1/bookings/bkg_1")).toBe("/v1/bookings/{bookingId}");
  expect(pathOf("POST", "/v1/bookings/bkg_1/cancel")).toBe("/v1/bookings/{bookingId}/cancel");
  expect(pathOf("POST", "/v1/bookings/import/f1/start")).toBe("/v1/bookings/import/{fileId}/start");
  expect(pathOf("GET", "/.well-known/jwks.json")).toBe("/.well-known/jwks.json");
});

test("goes back to the parameter where the literal leads nowhere", () => {
  expect(pathOf("POST", "/v1/bookings/import/cancel")).toBe("/v1/bookings/{bookingId}/cancel");
});

test("answers HEAD with the route of GET", () => {
  expect(pathOf("HEAD", "/v1/bookings/bkg_1")).toBe("/v1/bookings/{bookingId}");
  expect(pathOf("HEAD", "/v1/bookings/bkg_1/cancel")).toBe("method-not-allowed");
});

test("names the methods an address takes", () => {
  expect(matcher.match("DELETE", "/v1/bookings")).toEqual({
    kind: "method-not-allowed",
    allow: "GET, POST, HEAD, OPTIONS",
  });
});

describe("an address that another reader could take for a different one has no route", () => {
  test.each([
    "/v1/bookings/",
    "//v1/bookings",
    "/v1//bookings",
    "/v1/bookings//cancel",
    "/v1/bookings/.",
    "/v1/bookings/..",
    "/v1/bookings/../operations",
    "/v1/bookings/%2e%2e",
    "/v1/bookings/%2E",
    "/v1/bookings/.%2e",
    "/v1/bookings/a%2fb",
    "/v1/bookings/a%2Fcancel",
    "/v1/bookings/a%5cb",
    "/v1/bookings/a\\b",
    "/v1/bookings/a%00",
    "/v1/bookings/a%0d%0aX:y",
    "/v1/bookings/%252e%252e",
    "/v1/bookings/%ff",
    "/v1/bookings/%zz",
    "/v1/bookings/a%3fb",
    "/v1/bookings/a%23b",
    "/v1/bookings/é",
    "/v1/bookings/a b",
    "/v1/bookings/<x>",
    "/V1/bookings",
    "/v1/%62ookings",
    "v1/bookings",
    "",
    "*",
    `/v1/bookings/${"a".repeat(2_000)}`,
  ])("%s", (path) => {
    expect(matcher.match("GET", path)).toEqual({ kind: "not-found" });
  });
});

test("takes a parameter that is encoded without need", () => {
  expect(isParameterValue("booking-held%3Aevt_1")).toBe(true);
  expect(isParameterValue("caf%C3%A9")).toBe(true);
  expect(isParameterValue("a..b")).toBe(true);
  expect(isParameterValue("...")).toBe(true);
});

test("refuses a table with the same route twice, whatever its parameter is called", () => {
  const twice = [
    { method: "GET", path: "/v1/bookings/{a}" },
    { method: "GET", path: "/v1/bookings/{b}" },
  ];
  expect(() => createRouteMatcher(twice)).toThrow(/twice/);
});
