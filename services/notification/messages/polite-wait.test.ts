import { expect, test } from "vitest";
import { politeWaitMs } from "./polite-wait.ts";

const rules = { quietMs: 20, turnMs: 500, lateMs: 60_000 };

test("goes on at once where no events come", () => {
  expect(politeWaitMs({ sinceWriteMs: 20, waitedMs: 0, lateMs: 0 }, rules)).toBe(0);
});

test("waits for a quiet moment, and no longer than its turn", () => {
  expect(politeWaitMs({ sinceWriteMs: 5, waitedMs: 0, lateMs: 0 }, rules)).toBe(15);
  expect(politeWaitMs({ sinceWriteMs: 5, waitedMs: 490, lateMs: 0 }, rules)).toBe(10);
  expect(politeWaitMs({ sinceWriteMs: 0, waitedMs: 500, lateMs: 0 }, rules)).toBe(0);
});

test("waits for nobody once mails are late", () => {
  expect(politeWaitMs({ sinceWriteMs: 0, waitedMs: 0, lateMs: 60_000 }, rules)).toBe(0);
});
