/** Every endpoint of every service by everybody, on their own and on strangers' objects: let in where the table says so. */
import { allEndpoints } from "@holdfast/contracts/api/all";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attemptsAt, describeAttempt, make, missingFor } from "./matrix/attempts.ts";
import { type Caller, everybody } from "./matrix/callers.ts";
import { isAsExpected } from "./matrix/expected.ts";
import { send } from "./requests.ts";
import { makeRoutes, type RouteGround } from "./route-ground.ts";

let ground: RouteGround;
let callers: readonly Caller[];

beforeAll(async () => {
  ground = await makeRoutes();
  callers = await everybody(ground.world);
});
afterAll(() => ground?.[Symbol.asyncDispose]());

test("every endpoint can be tried", () => {
  const missing = allEndpoints.map((endpoint) => [endpoint.name, missingFor(endpoint)] as const);
  expect(missing.filter(([, what]) => what.length > 0)).toEqual([]);
  expect(new Set(allEndpoints.map(({ name }) => name)).size).toBe(allEndpoints.length);
});

describe("lets in whom the table names, and nobody else:", () => {
  test.each(allEndpoints.map((endpoint) => [endpoint.name, endpoint] as const))("%s", async (_, endpoint) => {
    const attempts = attemptsAt(endpoint, ground, callers);
    // Everybody but the keys, which services do not know.
    expect(attempts.length).toBeGreaterThanOrEqual(callers.length - 2);
    const wrong = await Promise.all(
      attempts.map(async (attempt) => {
        const answered = await make(attempt);
        if (isAsExpected(endpoint, attempt, answered)) return [];
        return [`${describeAttempt(attempt)}; was answered ${answered.status} ${answered.code ?? ""}`];
      }),
    );
    expect(wrong.flat()).toEqual([]);
  });
});

test("nothing that is for services alone can be reached through the gateway, by nobody, not even a service", async () => {
  const internal = allEndpoints.filter(({ access }) => access === "service");
  expect(internal.length).toBeGreaterThan(5);
  for (const { method, path } of internal) {
    for (const { token } of callers) {
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const { status, code } = await send({
        method,
        url: `${ground.world.place.gatewayUrl}${path}`,
        headers,
      });
      expect([status, code], path).toEqual([404, "route/not-found"]);
    }
  }
});
