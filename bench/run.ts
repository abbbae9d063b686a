/**
 * `npm run bench`: starts the platform, drives it through the gateway with real tokens, and prints what it does beside
 * the floor, measured in the same run: one process that runs the same SQL with no gateway, bus or saga.
 * Writes bench/results/<time>.json. `--quick` runs a tenth of it; `--profile` writes CPU profiles of the services.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPlatform } from "@holdfast/testkit/platform/start-platform";
import { measureFloor } from "./floor.ts";
import { printReport, type BenchResults } from "./report.ts";
import { measureHolds, measureSagas } from "./scenarios.ts";
import { makeBenchWorld, SlotDispenser } from "./world.ts";

const { values: flags } = parseArgs({
  options: { quick: { type: "boolean" }, profile: { type: "boolean" }, logs: { type: "boolean" } },
});
const scale = flags.quick ? 0.1 : 1;
const clients = 64;
const resultsFolder = join(import.meta.dirname, "results");
await mkdir(resultsFolder, { recursive: true });

const say = (line: string) => process.stdout.write(`${line}\n`);

await using platform = await startPlatform({
  ports: "free",
  rateLimits: false,
  logLevel: "warn",
  onProgress: say,
  onIncident: say,
  ...(flags.logs ? { onLog: (name: string, line: string) => say(`${name}: ${line}`) } : undefined),
  ...(flags.profile ? { nodeFlags: ["--cpu-prof", `--cpu-prof-dir=${resultsFolder}`] } : undefined),
});
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
const file = join(resultsFolder, `${results.at.replaceAll(":", "-")}.json`);
await writeFile(file, JSON.stringify(results, null, 2));
printReport(results, say);
say(`Written to ${file}`);
