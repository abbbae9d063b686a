import { stripVTControlCharacters } from "node:util";
import { z } from "zod";

/** The part of vitest's JSON report that is read here. */
export const vitestReport = z.object({
  numPassedTests: z.int().min(0),
  numFailedTests: z.int().min(0),
  numPendingTests: z.int().min(0),
  numTodoTests: z.int().min(0),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()),
        }),
      ),
    }),
  ),
});
type VitestReport = z.infer<typeof vitestReport>;

/** How many tests did what. */
export type Totals = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * What one run of vitest came to. A file that could not be loaded, and a run that failed without saying where or left no
 * report, count as a failed test each: nothing that failed is summed up as green.
 */
export function totalsOf(report: VitestReport | undefined, exitCode: number): Totals {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  ).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const linesToldOfAFailure = 8;

/**
 * What to read of each failure: the file, the test, and the first lines of what was wrong, without colours. The end of
 * a long log is all that some who must mend it are shown.
 */
export function failuresOf(report: VitestReport | undefined): readonly string[] {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === "failed");
    if (failed.length === 0) return status === "failed" ? [tellFailure(name, message)] : [];
    return failed.map(({ fullName, failureMessages }) =>
      tellFailure(`${name} > ${fullName}`, failureMessages.join("\n")),
    );
  });
}

function tellFailure(where: string, message: string): string {
  const lines = stripVTControlCharacters(message).trim().split("\n").slice(0, linesToldOfAFailure);
  return [where, ...lines.map((line) => `    ${line}`)].join("\n");
}

/** The sum of several runs. */
export function sumTotals(all: readonly Totals[]): Totals {
  const sum = (member: keyof Totals): number => all.reduce((total, each) => total + each[member], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** The last line of a test run: `Tests: 12 passed, 0 failed`, with `, 3 skipped` where some were. */
export function totalsLine({ passed, failed, skipped }: Totals): string {
  return `Tests: ${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
