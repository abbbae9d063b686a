/** `npm test`: every check, then every test there is; nothing stops early, and one summary ends it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { installMissing } from "./servers/programs.ts";
import { failuresOf, sumTotals, type Totals, totalsLine, totalsOf, vitestReport } from "./test-totals.ts";

const repository = join(import.meta.dirname, "../..");
const longestStepMs = 480_000;
const killAfterMs = 15_000;

type Step = { readonly name: string; readonly command: readonly string[]; readonly reportFile?: string };
type Result = {
  readonly name: string;
  readonly isGreen: boolean;
  readonly tookMs: number;
  readonly totals?: Totals;
  readonly failures?: readonly string[];
};

const checks: readonly Step[] = [
  { name: "format", command: ["oxfmt", "--check"] },
  {
    name: "types",
    command: [
      "tsc",
      "--noEmit",
      "--incremental",
      "--tsBuildInfoFile",
      "node_modules/.cache/types.tsbuildinfo",
    ],
  },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "dead code", command: ["knip"] },
];
const projects = ["unit", "int", "fault", "e2e", "security"];

function vitestStep(project: string, reportsDir: string): Step {
  const reportFile = join(reportsDir, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return {
    name: `${project} tests`,
    command: ["vitest", "run", "--project", project, "--passWithNoTests", ...reporters],
    reportFile,
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

const running = new Set<ChildProcess>();

async function exitCodeOf([program = "", ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, {
    cwd: repository,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      PATH: `${join(repository, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`,
    },
  });
  running.add(child);
  const end = setTimeout(() => {
    say(`${program} has run for ${seconds(longestStepMs)} and is ended.`);
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
  }, longestStepMs);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
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

async function runStep({ name, command, reportFile }: Step): Promise<Result> {
  say(`\n=== ${name}`);
  const startedAt = performance.now();
  const code = await exitCodeOf(command);
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

const reportsDir = await mkdtemp(join(tmpdir(), "holdfast-tests-"));
// What a bare machine lacks is fetched while the checks run.
const installing = installMissing(["nats-server", "redis-server", "chromium"], say);
const results: Result[] = [];
// One after the other: side by side the checks take each other's memory, and longer.
for (const step of [...checks, ...projects.map((project) => vitestStep(project, reportsDir))]) {
  if (isInterrupted) break;
  if (step.name === "int tests") await installing;
  results.push(await runStep(step));
}
await rm(reportsDir, { recursive: true, force: true });

say(`\n=== summary, ${seconds(results.reduce((total, { tookMs }) => total + tookMs, 0))}`);
for (const result of results) say(showResult(result));
for (const failure of results.flatMap(({ failures }) => failures ?? [])) say(`\nfailed: ${failure}`);
if (isInterrupted) say("interrupted: what is not listed did not run");
process.exitCode = !isInterrupted && results.every(({ isGreen }) => isGreen) ? 0 : 1;
say(totalsLine(sumTotals(results.flatMap(({ totals }) => totals ?? []))));
