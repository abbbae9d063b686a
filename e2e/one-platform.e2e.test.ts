/** What needs no platform of its own, on one: starting one takes longer than any of it. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { expectBooksAgree, settled } from "./audit.ts";
import { describeRaces } from "./race.ts";
import { describeRegistration } from "./registration.ts";
import { describeStreams } from "./streams.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const worldOf = () => world;
describe("racing for the last unit", () => {
  describeRaces(worldOf);
});
describe("registering", () => {
  describeRegistration(worldOf);
});
describe("live status", () => {
  describeStreams(worldOf);
});
test("payment's books agree with the provider's and with bookings in the end", async () => {
  await settled(world);
  await expectBooksAgree(world);
});
