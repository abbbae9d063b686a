/**
 * `npm run bench`: starts the platform, drives it through the gateway with real tokens, and prints what it does beside
 * the floor, measured in the same run: one process that runs the same SQL with no gateway, bus or saga.
 * Writes bench/results/<time>.json. `--quick` runs a tenth of it; `--profile` writes CPU profiles of the services.
 * `--only availability` measures how fast free time is found, `--only hold-cost` what a hold costs however much is stored,
 * both with `--allocations` instead of the million and the ten millions they have by default; `--only hold-limit` what it
 * costs that each guest's holds are counted; `--only gateway` what the gateway costs beside nginx.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { servingFlags } from "@holdfast/testkit/platform/serving-flags";
import { type Platform, startPlatform } from "@holdfast/testkit/platform/start-platform";
import { measureAvailability } from "./availability.ts";
import { measureFloor } from "./floor.ts";
import { measureGatewayCost } from "./gateway-cost.ts";
import { measureHoldCost } from "./hold-cost.ts";
import { measureHoldLimit } from "./hold-limit.ts";
import {
  printAvailability,
  printGatewayCost,
  printHoldCost,
  printHoldLimit,
  printReport,
  type BenchResults,
} from "./report.ts";
import { measureHolds, measureSagas } from "./scenarios.ts";
import { makeBenchWorld, SlotDispenser } from "./world.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean" },
    profile: { type: "boolean" },
    logs: { type: "boolean" },
    only: { type: "string" },
    allocations: { type: "string" },
  },
});
const scale = flags.quick ? 0.1 : 1;
const clients = 64;
const resultsFolder = join(import.meta.dirname, "results");
await mkdir(resultsFolder, { recursive: true });

const say = (line: string) => process.stdout.write(`${line}\n`);

function startPlatformForBench(): Promise<Platform> {
  return startPlatform({
    ports: "free",
    rateLimits: false,
    logLevel: "warn",
    onProgress: say,
    onIncident: say,
    ...(flags.logs ? { onLog: (name: string, line: string) => say(`${name}: ${line}`) } : undefined),
    nodeFlags: flags.profile
      ? [...servingFlags, "--cpu-prof", `--cpu-prof-dir=${resultsFolder}`]
      : servingFlags,
  });
}

async function keep(results: object, at: string): Promise<void> {
  const file = join(resultsFolder, `${at.replaceAll(":", "-")}.json`);
  await writeFile(file, JSON.stringify(results, null, 2));
  say(`Written to ${file}`);
}

async function runWholePath(): Promise<void> {
  await using platform = await startPlatformForBench();
  const world = await makeBenchWorld(platform, { clients, resources: 100 });
  const slots = new SlotDispenser(world.resourceIds);
  say("warming up …");
  await measureSagas(platform, world, slots, { clients, total: Math.ceil(3000 * scale) });
  say(`full sagas, ${clients} clients …`);
  const sagas = await measureSagas(platform, world, slots, { clients, total: Math.ceil(12_000 * scale) });
  say("full sagas, one client …");
  const alone = await measureSagas(platform, world, slots, { clients: 1, total: Math.ceil(500 * scale) });
  say("holds …");
  const holds = await measureHolds(platform, world, slots, { clients, total: Math.ceil(10_000 * scale) });
  say("holds at half that rate …");
  const holdsAtHalf = await measureHolds(platform, world, slots, {
    clients,
    total: Math.ceil(5000 * scale),
    perSecond: holds.load.perSecond / 2,
  });
  say("the floor …");
  const floor = await measureFloor(platform.servers.postgres, { clients, total: Math.ceil(8000 * scale) });
  const results: BenchResults = {
    at: new Date().toISOString(),
    clients,
    sagas,
    alone,
    holds,
    holdsAtHalf,
    floor,
  };
  printReport(results, say);
  await keep(results, results.at);
}

async function runAvailability(): Promise<void> {
  await using platform = await startPlatformForBench();
  const allocations = Number(flags.allocations ?? 1_000_000 * scale);
  const results = await measureAvailability(platform, { allocations, seconds: flags.quick ? 5 : 20 }, say);
  printAvailability(results, say);
  const at = new Date().toISOString();
  await keep({ at, availability: results }, at);
}

async function runHoldCost(): Promise<void> {
  const most = Number(flags.allocations ?? 10_000_000 * scale);
  const results = await measureHoldCost({ most, rounds: flags.quick ? 3 : 20 }, say);
  printHoldCost(results, say);
  const at = new Date().toISOString();
  await keep({ at, holdCost: results }, at);
}

async function runHoldLimit(): Promise<void> {
  const results = await measureHoldLimit({ rounds: flags.quick ? 10 : 60 }, say);
  printHoldLimit(results, say);
  const at = new Date().toISOString();
  await keep({ at, holdLimit: results }, at);
}

async function runGatewayCost(): Promise<void> {
  await using platform = await startPlatformForBench();
  const sizes = { clients, rounds: flags.quick ? 3 : 9, total: Math.ceil(15_000 * scale) };
  const results = await measureGatewayCost(platform, sizes, say);
  printGatewayCost(results, say);
  const at = new Date().toISOString();
  await keep({ at, gatewayCost: results }, at);
}

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  "whole-path": runWholePath,
  availability: runAvailability,
  "hold-cost": runHoldCost,
  "hold-limit": runHoldLimit,
  gateway: runGatewayCost,
};
const only = flags.only ?? "whole-path";
const scenario = scenarios[only];
if (!scenario) throw new Error(`--only ${only}: there are ${Object.keys(scenarios).join(", ")}`);
await scenario();
