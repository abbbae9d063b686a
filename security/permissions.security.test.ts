/** Every endpoint of every service by everybody, on their own and on strangers' objects: let in where the table says so. */
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import { registerVendor } from "@holdfast/contracts/api/catalog";
import { allEndpoints } from "@holdfast/contracts/api/all";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeGuestParts } from "./guests.ts";
import { attemptsAt, describeAttempt, type Ground, make, missingFor } from "./matrix/attempts.ts";
import { type Caller, everybody } from "./matrix/callers.ts";
import { isAsExpected } from "./matrix/expected.ts";
import { send } from "./requests.ts";
import { SecurityWorld } from "./world.ts";

let world: SecurityWorld;
let ground: Ground;
let callers: readonly Caller[];

beforeAll(async () => {
  world = await SecurityWorld.enter();
  const { people, vendorA, vendorB, bookingA, bookingB } = world;
  const target = await world.newAccount(["customer"]);
  const [ofA, ofB, made, draft] = await Promise.all([
    makeGuestParts(people.customer.client, vendorA, bookingA),
    makeGuestParts(people.otherCustomer.client, vendorB, bookingB),
    target.client.call(createApiKey, { body: { name: "A key", scopes: ["booking:read:own"] } }),
    people.stranger.client.call(registerVendor, { body: { name: "A draft" } }),
  ]);
  const a = { vendor: vendorA, owner: people.owner, guest: people.customer, bookingId: bookingA, of: ofA };
  const b = {
    vendor: vendorB,
    owner: people.stranger,
    guest: people.otherCustomer,
    bookingId: bookingB,
    of: ofB,
  };
  ground = {
    world,
    things: { A: a, B: b },
    target,
    targetKeyId: made.apiKey.keyId,
    draftVendorId: draft.vendorId,
  };
  callers = await everybody(world);
});
afterAll(() => world?.[Symbol.asyncDispose]());

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
      const { status, code } = await send({ method, url: `${world.place.gatewayUrl}${path}`, headers });
      expect([status, code], path).toEqual([404, "route/not-found"]);
    }
  }
});
