import { expect, test } from "vitest";
import { sumTotals, totalsLine, totalsOf } from "./test-totals.ts";

const green = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
};

test("counts what vitest counted", () => {
  expect(totalsOf(green, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  const red = {
    ...green,
    numFailedTests: 2,
    testResults: [{ status: "failed", assertionResults: [{ status: "failed" }, { status: "failed" }] }],
  };
  expect(totalsOf(red, 1)).toEqual({ passed: 3, failed: 2, skipped: 2 });
});

test("a file that could not be loaded is a failure", () => {
  const report = {
    ...green,
    testResults: [...green.testResults, { status: "failed", assertionResults: [] }],
  };
  expect(totalsOf(report, 1).failed).toBe(1);
});

test("a run that fails without a failed test, or leaves no report, is a failure", () => {
  expect(totalsOf(green, 1).failed).toBe(1);
  expect(totalsOf(undefined, 0).failed).toBe(1);
});

test("the last line sums all runs, and names skipped tests only where there are some", () => {
  const totals = sumTotals([
    { passed: 2, failed: 0, skipped: 0 },
    { passed: 5, failed: 1, skipped: 0 },
  ]);
  expect(totalsLine(totals)).toBe("Tests: 7 passed, 1 failed");
  expect(totalsLine({ ...totals, skipped: 3 })).toBe("Tests: 7 passed, 1 failed, 3 skipped");
});
