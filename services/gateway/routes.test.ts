import { expect, test } from "vitest";
import { allEndpoints, publicEndpoints } from "@holdfast/contracts/api/all";
import { routes } from "./routes.ts";
import { createRouteMatcher } from "./routing/match-route.ts";

const matcher = createRouteMatcher(routes);
const sampleOf = (path: string) => path.replaceAll(/\{[^}]+\}/g, "bkg_01h455vb4pex5vsknk084sn02q");

test("every endpoint that a client may call is reached, at its own service", () => {
  expect(publicEndpoints.length).toBeGreaterThan(20);
  for (const endpoint of publicEndpoints) {
    const match = matcher.match(endpoint.method.toUpperCase(), sampleOf(endpoint.path));
    expect(match).toMatchObject({ kind: "route", route: { path: endpoint.path, service: endpoint.service } });
  }
});

test("no endpoint for services is reached", () => {
  const internal = allEndpoints.filter((endpoint) => endpoint.access === "service");
  expect(internal.length).toBeGreaterThan(0);
  for (const { method, path } of internal) {
    expect(matcher.match(method.toUpperCase(), sampleOf(path)).kind, path).toBe("not-found");
  }
});

test.each(["/internal/test-clock", "/internal/contacts", "/livez", "/readyz", "/metrics"])(
  "%s of a service is not reached",
  (path) => {
    for (const method of ["GET", "PUT", "POST"]) expect(matcher.match(method, path).kind).toBe("not-found");
  },
);

test("what is declared of an endpoint is what its route enforces, with bounds where nothing is declared", () => {
  const routeOf = (path: string, method: string) =>
    routes.find((route) => route.path === path && route.method === method);
  expect(routeOf("/v1/webhooks/stripe", "POST")).toMatchObject({
    access: "public",
    limit: "webhook",
    maxBodyBytes: 262_144,
    timeoutMs: 15_000,
  });
  expect(routeOf("/v1/bookings", "POST")).toMatchObject({
    access: "booking:create:own",
    limit: "ordinary",
    maxBodyBytes: 65_536,
    timeoutMs: 40_000,
  });
  expect(routeOf("/v1/sessions", "POST")).toMatchObject({ access: "public", limit: "sensitive" });
});
