import { expect, test } from "vitest";
import { attemptsMax, decideOutcome } from "./decide-outcome.ts";

test("what was accepted is sent, and is not tried again", () => {
  expect(decideOutcome({ outcome: "accepted" }, 1, 0.5)).toMatchObject({ status: "sent", error: null });
});

test("a definite no ends it at once", () => {
  expect(decideOutcome({ outcome: "refused", code: "smtp-550" }, 1, 0.5)).toMatchObject({
    status: "failed",
    error: "notification/mail-refused (smtp-550)",
  });
  expect(decideOutcome({ outcome: "no-contact" }, 1, 0.5)).toMatchObject({
    status: "failed",
    error: "notification/no-contact",
  });
});

test("a failure waits longer each time, spread, and never longer than half an hour", () => {
  const waits = Array.from(
    { length: attemptsMax - 1 },
    (_, index) => decideOutcome({ outcome: "failed", code: "smtp-451" }, index + 1, 1).delayMs,
  );
  expect(waits.slice(0, 3)).toEqual([1_000, 2_000, 4_000]);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(Math.max(...waits)).toBe(1_800_000);
  expect(decideOutcome({ outcome: "failed", code: "smtp-451" }, 1, 0).delayMs).toBe(500);
});

test("failures are bounded in number", () => {
  const last = decideOutcome({ outcome: "failed", code: "smtp-451" }, attemptsMax, 0.5);
  expect(last).toMatchObject({ status: "failed", error: "notification/tried-too-often (smtp-451)" });
  expect(decideOutcome({ outcome: "failed", code: "smtp-451" }, attemptsMax - 1, 0.5).status).toBe("waiting");
});

test.for(["unreachable", "untried"] as const)(
  "an outage (%s) is no attempt, however long it lasts",
  (outcome) => {
    expect(decideOutcome({ outcome, code: "ESOCKET" }, attemptsMax + 5, 0.5)).toMatchObject({
      status: "waiting",
      counts: false,
    });
  },
);
