/** Attacks on access tokens, at the gateway and straight at every service's port. */
import { afterAll, expect, test } from "vitest";
import { describeAttacks } from "./attack.ts";
import { jwtAttacks } from "./jwt/attacks.ts";
import { enterJwtGround, type JwtGround } from "./jwt/ground.ts";

let ground: JwtGround | undefined;

describeAttacks({
  family: "a forged token",
  atLeast: 75,
  enter: async () => (ground = await enterJwtGround()),
  attacks: jwtAttacks,
});

afterAll(() => {
  ground = undefined;
});

test("no process asked the attacker for a key", () => {
  expect(ground?.listener.requests()).toBe(0);
});
