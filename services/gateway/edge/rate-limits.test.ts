import { expect, test } from "vitest";
import { newId } from "@holdfast/contracts/ids";
import type { GatewayRoute } from "../routes.ts";
import { limitKey, rateHeaders, refuseTooMany } from "./rate-limits.ts";

const routeOf = (limit: GatewayRoute["limit"], path: string): GatewayRoute => ({
  service: "auth",
  name: "testRoute",
  method: "POST",
  path,
  access: "public",
  limit,
  maxBodyBytes: 1,
  timeoutMs: 1,
});
const caller = { userId: newId("usr"), roles: ["customer" as const], issuedAtMs: 0 };

test("counts ordinary calls by account, wherever they come from, and strangers by address", () => {
  const ordinary = routeOf("ordinary", "/v1/me");
  expect(limitKey(ordinary, caller, "192.0.2.1")).toBe(limitKey(ordinary, caller, "192.0.2.2"));
  expect(limitKey(ordinary, null, "192.0.2.1")).not.toBe(limitKey(ordinary, null, "192.0.2.2"));
});

test("counts costly calls by account too", () => {
  const costly = routeOf("costly", "/v1/bookings.csv");
  expect(limitKey(costly, caller, "192.0.2.1")).toBe(caller.userId);
  expect(limitKey(costly, null, "192.0.2.1")).toBe("192.0.2.1");
});

test("counts sensitive calls by address and route, whoever makes them", () => {
  const [logIn, register] = [routeOf("sensitive", "/v1/sessions"), routeOf("sensitive", "/v1/users")];
  expect(limitKey(logIn, caller, "192.0.2.1")).toBe(limitKey(logIn, null, "192.0.2.1"));
  expect(limitKey(logIn, null, "192.0.2.1")).not.toBe(limitKey(register, null, "192.0.2.1"));
});

test("tells what is left in structured fields", () => {
  const decision = { allowed: true, limit: 20, remaining: 19, resetSeconds: 42, retryAfterSeconds: 0 };
  expect(rateHeaders("sensitive", decision)).toEqual([
    "ratelimit-policy",
    '"sensitive";q=20;w=40',
    "ratelimit",
    '"sensitive";r=19;t=42',
  ]);
});

test("counts what a program does under its key, apart from its owner and their other programs", () => {
  const ordinary = routeOf("ordinary", "/v1/me");
  const withKey = (keyId: string) =>
    limitKey(ordinary, { ...caller, apiKey: { keyId, scopes: [] } }, "192.0.2.1");
  expect(new Set([withKey("key_1"), withKey("key_2"), limitKey(ordinary, caller, "192.0.2.1")]).size).toBe(3);
});

test("advises to wait for the next call, not for the whole budget, and never to try again at once", () => {
  const advice = (retryAfterSeconds: number) =>
    refuseTooMany({ allowed: false, limit: 9, remaining: 0, resetSeconds: 60, retryAfterSeconds }).headers?.[
      "retry-after"
    ];
  expect([advice(0), advice(7)]).toEqual(["1", "7"]);
});
