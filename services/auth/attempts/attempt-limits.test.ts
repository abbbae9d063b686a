import type { RateDecision } from "@holdfast/chassis/rate-limit";
import { expect, test } from "vitest";
import { attemptRules, needed, strangerWaits } from "./attempt-limits.ts";

const decision = (retryAfterSeconds: number, allowed = false): RateDecision => ({
  allowed,
  limit: 10,
  remaining: 0,
  resetSeconds: 900,
  retryAfterSeconds,
});

test("an ordinary attempt needs one failure's room of account and network", () => {
  expect(needed(100, false)).toEqual({ account: 1, network: 1 });
});

test("while failures abound everywhere, three of an account and a fifth of a network's are all that is left", () => {
  const rules = attemptRules(100);
  const { account, network } = needed(100, true);
  expect(rules["account-failures"].limit - account + 1).toBe(3);
  expect(rules["network-failures"].limit - network + 1).toBe(20);
});

test("strangers wait for the longest of what they used up, and for nothing where there is room", () => {
  expect(strangerWaits([decision(0, true), decision(0, true)])).toBe(0);
  expect(strangerWaits([decision(90), decision(0, true)])).toBe(90);
  expect(strangerWaits([decision(90), decision(200)])).toBe(200);
  expect(strangerWaits([decision(0)])).toBe(1);
});
