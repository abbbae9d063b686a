/**
 * `npm test`: every check, then every test there is; nothing stops early, and one summary ends it.
 * `npm run check`: the same without what needs servers.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fewAtATime } from "./few-at-a-time.ts";
import { compileCache } from "./platform/compile-cache.ts";
import { installMissing } from "./servers/programs.ts";
import { stripeItselfOf, untriedOf } from "./stripe/stripe-itself.ts";
import { failuresOf, sumTotals, type Totals, totalsLine, totalsOf, vitestReport } from "./test-totals.ts";

const reportsDir = await mkdtemp(join(tmpdir(), "holdfast-tests-"));
const repository = join(import.meta.dirname, "../..");
const longestStepMs = 540_000;
const killAfterMs = 15_000;
const lastLinesMs = 2_000;

type Step = {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly reportFile?: string;
  readonly needsServers?: boolean;
};
type Result = {
  readonly name: string;
  readonly isGreen: boolean;
  readonly tookMs: number;
  readonly totals?: Totals;
  readonly failures?: readonly string[];
};

// Both compile everything there is, and every core more that one of them has compiles much of it once more: on two cores
// they are done soonest with one each.
const coresEach = String(Math.max(1, Math.floor(availableParallelism() / 2)));
const typesKept = "node_modules/.cache/types.tsbuildinfo";
const types: Step = {
  name: "types",
  command: ["tsc", "--noEmit", "--checkers", coresEach, "--incremental", "--tsBuildInfoFile", typesKept],
};
const lint: Step = {
  name: "lint",
  command: ["oxlint", "--type-aware", "--deny-warnings"],
  environment: { GOMAXPROCS: coresEach },
};
const format: Step = { name: "format", command: ["oxfmt", "--check"] };
const deadCode: Step = { name: "dead code", command: ["knip"] };

/** One kind of tests; `only` narrows it to some of their files, as vitest's options do. */
function testsOf(project: string, name: string = project, ...only: readonly string[]): Step {
  const reportFile = join(reportsDir, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return {
    name: `${name} tests`,
    command: ["vitest", "run", "--project", project, "--passWithNoTests", ...reporters, ...only],
    reportFile,
    needsServers: project !== "unit",
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

const running = new Set<ChildProcess>();

/** Passes on what a child says, each line under the name of its step: others say something at the same time. */
function tellLines({ stdout, stderr }: ChildProcess, name: string): void {
  for (const input of [stdout, stderr]) {
    if (input !== null) createInterface({ input }).on("line", (line) => say(`${name} | ${line}`));
  }
}

async function exitCodeOf({ name, command, environment }: Step, isAlone: boolean): Promise<number> {
  const [program = "", ...args] = command;
  const output = isAlone ? "inherit" : "pipe";
  const child = spawn(program, args, {
    cwd: repository,
    stdio: ["ignore", output, output],
    env: {
      ...process.env,
      ...compileCache,
      ...environment,
      PATH: `${join(repository, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`,
    },
  });
  running.add(child);
  tellLines(child, name);
  const end = setTimeout(() => {
    say(`${name} has run for ${seconds(longestStepMs)} and is ended.`);
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
  }, longestStepMs);
  try {
    const allSaid = once(child, "close");
    const [code] = (await once(child, "exit")) as [number | null];
    // Whoever it left behind may hold its output open.
    await Promise.race([allSaid, pause(lastLinesMs, undefined, { ref: false })]);
    return code ?? 1;
  } catch (error) {
    say(String(error));
    return 1;
  } finally {
    clearTimeout(end);
    running.delete(child);
  }
}

async function readReport(file: string) {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : vitestReport.parse(JSON.parse(text));
}

async function runStep(step: Step, isAlone: boolean): Promise<Result> {
  const { name, reportFile } = step;
  say(`\n=== ${name}`);
  const startedAt = performance.now();
  const code = await exitCodeOf(step, isAlone);
  const tookMs = performance.now() - startedAt;
  if (reportFile === undefined) return { name, isGreen: code === 0, tookMs };
  const report = await readReport(reportFile);
  const totals = totalsOf(report, code);
  return { name, isGreen: totals.failed === 0, tookMs, totals, failures: failuresOf(report) };
}

function showResult({ name, isGreen, tookMs, totals }: Result): string {
  const counted = totals === undefined ? "" : `  ${totalsLine(totals).slice("Tests: ".length)}`;
  return `${isGreen ? "ok    " : "FAILED"}  ${name.padEnd(14)}  ${seconds(tookMs).padStart(8)}${counted}`;
}

let isInterrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    isInterrupted = true;
    for (const child of running) child.kill(signal);
  });
}

let installing: Promise<unknown> | undefined;

const stripeItself = stripeItselfOf(process.env);
const startedAt = performance.now();
const results: Result[] = [];
let untried: string | null = null;

/** Runs steps in their order, so many side by side. */
async function run(steps: readonly Step[], atOnce: number): Promise<void> {
  const ended = await fewAtATime(
    steps,
    async (step) => {
      // What a bare machine lacks is fetched while it is not needed yet.
      if (step.needsServers) await installing;
      return isInterrupted ? [] : [await runStep(step, atOnce === 1)];
    },
    atOnce,
  );
  results.push(...ended.flat());
}

if (process.argv[2] === "--without-servers") {
  const unit: Step = { ...testsOf("unit"), environment: { HOLDFAST_PROPERTIES: "quick" } };
  await run([types, unit, lint, format, deadCode], 3);
} else {
  installing = installMissing(["nats-server", "redis-server", "chromium"], say);
  const breaking = ["e2e/failure-table-", "e2e/one-trace."];
  const notShared = [...breaking, "e2e/kill9."].flatMap((file) => ["--exclude", `${file}*`]);
  const withServers = [
    testsOf("int"),
    testsOf("security"),
    testsOf("e2e", "e2e", ...notShared),
    testsOf("fault"),
    testsOf("e2e", "failure", ...breaking),
  ];
  // Tests with servers wait for about half of their time: two of a kind keep two cores busy, and more would only make each
  // slower. The longest begin first, so that nothing long is left over at the end.
  await run([types, lint, testsOf("unit"), format, deadCode, ...withServers], 2);
  // It promises seconds, and is not to count those that others take from it.
  await run(
    [testsOf("e2e", "kill9", "e2e/kill9."), ...(stripeItself === null ? [] : [testsOf("stripe")])],
    1,
  );
  untried = untriedOf(stripeItself);
}
await rm(reportsDir, { recursive: true, force: true });

say(`\n=== summary, ${seconds(performance.now() - startedAt)}`);
for (const result of results) say(showResult(result));
for (const failure of results.flatMap(({ failures }) => failures ?? [])) say(`\nfailed: ${failure}`);
if (isInterrupted) say("interrupted: what is not listed did not run");
process.exitCode = !isInterrupted && results.every(({ isGreen }) => isGreen) ? 0 : 1;
if (untried !== null) say(untried);
say(totalsLine(sumTotals(results.flatMap(({ totals }) => totals ?? []))));
