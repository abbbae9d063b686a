/** `npm start`: the whole platform on this machine, with a demo world in it. `--once` stops again when it is up. */
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatLogLine, isAtLeast } from "@holdfast/testkit/platform/log-line";
import { standIns } from "@holdfast/testkit/platform/platform-ports";
import { ProcessFailedError } from "@holdfast/testkit/platform/supervised-process";
import { ServerUnavailableError } from "@holdfast/testkit/servers/handle";
import { firstStepsText } from "./first-steps.ts";
import { startDemo } from "./start-demo.ts";

const { values: flags } = parseArgs({ options: { once: { type: "boolean", default: false } } });
const startedAt = performance.now();
const colours = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;

/** npm and the terminal may both pass one Ctrl-C on; a second press, later, is meant. */
const sameKeyPressMs = 1_000;

let isUp = false;
let askedAt: number | undefined;
const asked = new AbortController();

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function progress(line: string): void {
  say(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s  ${line}`);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    const now = performance.now();
    if (askedAt === undefined) {
      askedAt = now;
      say(isUp ? "\nStopping …" : "\nStopping, once what is being started runs; again to end at once …");
      asked.abort();
    } else if (now - askedAt > sameKeyPressMs) {
      // What was started notices that its starter is gone, and goes.
      process.exit(1);
    }
  });
}
// A closed terminal takes the output with it; stopping goes on.
process.stdout.on("error", () => undefined);

async function start(): Promise<void> {
  progress("starting Holdfast …");
  await using demo = await startDemo({
    ports: "default",
    dataDir: join(import.meta.dirname, "..", ".holdfast"),
    logLevel: process.env["LOG_LEVEL"] ?? "info",
    ...(process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] === undefined
      ? {}
      : { tracesUrl: process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] }),
    onProgress: progress,
    onIncident: (sentence) => {
      if (!asked.signal.aborted) say(`! ${sentence}`);
    },
    // Stand-ins' libraries greet in plain text: only their log entries are for the person. Services, while they start, tell
    // of waiting for each other, and while they stop, of stopping: only what goes wrong is of interest then.
    onLog: (name, line) => {
      if (standIns.some((standIn) => standIn === name) && !line.startsWith("{")) return;
      if (isAtLeast(line, isUp && !asked.signal.aborted ? "trace" : "warn"))
        say(formatLogLine(name, line, { colours }));
    },
  });
  progress("ready");
  isUp = true;
  say(firstStepsText(demo.firstSteps));
  if (!flags.once && !asked.signal.aborted) await once(asked.signal, "abort");
}

try {
  await start();
  say("Stopped.");
} catch (error) {
  const isForThePerson = error instanceof ServerUnavailableError || error instanceof ProcessFailedError;
  process.stderr.write(
    `\nHoldfast did not start: ${isForThePerson ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exitCode = 1;
}
process.exit();
