import { expect, test } from "vitest";
import { failuresOf, sumTotals, totalsLine, totalsOf } from "./test-totals.ts";

const passed = { status: "passed", fullName: "holds", failureMessages: [] };
const failed = {
  status: "failed",
  fullName: "is told",
  failureMessages: [`\u001B[31mexpected 1\u001B[39m to be 2\n${"    at somewhere\n".repeat(20)}`],
};
const file = { name: "a.test.ts", message: "" };

const green = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ ...file, status: "passed", assertionResults: [passed] }],
};

test("counts what vitest counted", () => {
  expect(totalsOf(green, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  const red = {
    ...green,
    numFailedTests: 2,
    testResults: [{ ...file, status: "failed", assertionResults: [failed, failed] }],
  };
  expect(totalsOf(red, 1)).toEqual({ passed: 3, failed: 2, skipped: 2 });
});

test("a file that could not be loaded is a failure", () => {
  const report = {
    ...green,
    testResults: [...green.testResults, { ...file, status: "failed", assertionResults: [] }],
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

test("each failure is told with its file, its test and the first lines of what was wrong", () => {
  const report = {
    ...green,
    testResults: [
      { ...file, status: "failed", assertionResults: [passed, failed] },
      { ...file, name: "b.test.ts", message: "cannot load\nx", status: "failed", assertionResults: [] },
    ],
  };
  const [first = "", second, ...others] = failuresOf(report);
  expect(first).toMatch(/^a\.test\.ts > is told\n {4}expected 1 to be 2\n/);
  expect(first.split("\n")).toHaveLength(9);
  expect(second).toBe("b.test.ts\n    cannot load\n    x");
  expect(others).toEqual([]);
  expect(failuresOf(green)).toEqual([]);
  expect(failuresOf(undefined)).toEqual([]);
});
