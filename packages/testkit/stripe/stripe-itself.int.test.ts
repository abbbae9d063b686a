/** That what is for Stripe itself can be run: with a stand-in behind the URL, since no account of Stripe's is at hand. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { vitestReport } from "../test-totals.ts";
import { standInAsStripe } from "./stripe-at.fixture.ts";

const repository = join(import.meta.dirname, "../../..");

async function runVitest(environment: Record<string, string>, ...args: string[]) {
  const kept = Object.fromEntries(["PATH", "HOME", "TMPDIR"].map((name) => [name, process.env[name] ?? ""]));
  const command = [join(repository, "node_modules/vitest/vitest.mjs"), ...args];
  const child = spawn(process.execPath, command, { cwd: repository, env: { ...kept, ...environment } });
  const [[code], out, errors] = await Promise.all([
    once(child, "exit"),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: code as number | null, out, errors };
}

test("with a test account's key the whole suite runs against it, and says what it came to", async () => {
  await using at = await standInAsStripe();
  await using folder = await mkdtempDisposable(join(tmpdir(), "holdfast-stripe-itself-"));
  const environment = { STRIPE_API_KEY: at.apiKey, STRIPE_API_URL: at.apiUrl ?? "" };
  const payee = { HOLDFAST_STRIPE_PAYEE: at.payee ?? "" };
  const report = join(folder.path, "report.json");
  const reporters = ["--reporter=json", `--outputFile.json=${report}`];
  const { code } = await runVitest({ ...environment, ...payee }, "run", "--project", "stripe", ...reporters);
  const { testResults, numFailedTests, numPendingTests } = vitestReport.parse(
    JSON.parse(await readFile(report, "utf8")),
  );
  expect({ code, numFailedTests, numPendingTests }).toEqual({
    code: 0,
    numFailedTests: 0,
    numPendingTests: 0,
  });
  const files = globSync("{packages,services}/**/*.{stripe,stripe-connect}.test.ts", {
    cwd: repository,
    exclude: ["**/node_modules"],
  });
  expect(files.length).toBeGreaterThan(0);
  const ran = testResults.map(({ name }) => relative(repository, name));
  expect(ran.toSorted()).toEqual(files.toSorted());
});

test("with a live key nothing runs", async () => {
  const { code, out, errors } = await runVitest({ STRIPE_API_KEY: "sk_live_1" }, "list", "--filesOnly");
  expect(code).toBe(1);
  expect(`${out}${errors}`).toMatch(
    /STRIPE_API_KEY is a live key, which moves real money: nothing is tested/,
  );
  expect(out).not.toContain(".test.ts");
});
