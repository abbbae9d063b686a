/** What needs no platform of its own, on one: starting one takes longer than any of it. */
import { afterAll, beforeAll, describe } from "vitest";
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
