import { expect, test } from "vitest";
import { tokenDate } from "./token-date.ts";

const at = (text: string) => Temporal.Instant.from(`2026-11-22T10:00:${text}Z`);

test.each([
  ["long after a change is dated as it is issued", "30.250", "00.500", "30.250"],
  ["in the second of a change is dated the next one", "00.700", "00.500", "01"],
  ["at the very moment of a change is dated the next second", "00.500", "00.500", "01"],
  ["at a change on the second itself is dated the next one", "00", "00", "01"],
  ["before a change that is dated on is dated after it", "00.100", "01.100", "02"],
  ["in the next second is dated as it is issued", "01.000", "00.999", "01.000"],
])("a token issued %s", (_, issued, changed, dated) => {
  const date = tokenDate(at(issued), at(changed).toString());
  expect(date.toString()).toBe(at(dated).toString());
});

test("whenever it is issued, a token's second lies after the change", () => {
  for (let changedMs = 0; changedMs < 2_500; changedMs += 37) {
    for (let issuedMs = changedMs; issuedMs < changedMs + 2_500; issuedMs += 41) {
      const date = tokenDate(
        Temporal.Instant.fromEpochMilliseconds(issuedMs),
        Temporal.Instant.fromEpochMilliseconds(changedMs).toString(),
      );
      expect(Math.floor(date.epochMilliseconds / 1_000) * 1_000).toBeGreaterThan(changedMs);
      expect(date.epochMilliseconds - issuedMs).toBeLessThanOrEqual(1_000);
    }
  }
});

test("an account whose tokens were never refused has them dated as they are issued", () => {
  expect(tokenDate(at("00.500"), null)).toEqual(at("00.500"));
});
