import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noShowRefund, refundChangesAt, refundOf, type StoredCancellationRule } from "./refund.ts";

const startsAtMs = Date.parse("2027-03-02T12:00:00Z");
const at = (text: string, totalMinor = 1001, paidMinor = totalMinor) => ({
  totalMinor,
  currency: "EUR",
  paidMinor,
  startsAtMs,
  nowMs: Date.parse(text),
});

/** A week before all of it, then 80 %, two days before 50 %, a day before 33 %. */
const tiered = completeRules({
  ...deskRules,
  cancellation: {
    fullRefundUntilHours: 168,
    tiers: [
      { untilHours: 48, refundPercent: 80 },
      { untilHours: 24, refundPercent: 50 },
    ],
    refundPercentAfter: 33,
  },
}).cancellation;

const rules: fc.Arbitrary<StoredCancellationRule> = fc
  .tuple(
    fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 5 }),
    fc.array(fc.nat(100), { minLength: 5, maxLength: 5 }),
  )
  .map(([hours, shares]) => {
    const [full, ...until] = hours.toSorted((a, b) => b - a);
    const percents = shares.toSorted((a, b) => b - a);
    return {
      fullRefundUntilHours: full!,
      tiers: until.map((untilHours, index) => ({ untilHours, refundPercent: percents[index]! })),
      refundPercentAfter: percents[4]!,
    };
  });

describe("a refund", () => {
  test("is the whole until the last free moment, then the rule's share, rounded half up, then nothing", () => {
    // Stored before rules had tiers.
    const stored = { fullRefundUntilHours: 24, refundPercentAfter: 33 };
    expect(refundOf(stored, at("2027-03-01T12:00:00Z"))).toBe(1001);
    expect(refundOf(stored, at("2027-03-01T12:00:00.001Z"))).toBe(330);
    expect(refundOf(stored, at("2027-03-02T11:59:59.999Z"))).toBe(330);
    expect(refundOf(stored, at("2027-03-02T12:00:00Z"))).toBe(0);
  });

  test.each([
    ["2027-02-23T12:00:00Z", 1001],
    ["2027-02-23T12:00:00.001Z", 801],
    ["2027-02-28T12:00:00Z", 801],
    ["2027-02-28T12:00:00.001Z", 501],
    ["2027-03-01T12:00:00Z", 501],
    ["2027-03-01T12:00:00.001Z", 330],
    ["2027-03-02T12:00:00Z", 0],
  ])("at %s is %i of 1001 under three tiers", (now, refund) => {
    expect(refundOf(tiered, at(now))).toBe(refund);
  });

  test("is exact where the product leaves 2^53", () => {
    const totalMinor = Number.MAX_SAFE_INTEGER;
    expect(refundOf(tiered, at("2027-03-02T00:00:00Z", totalMinor))).toBe(2972375754064527);
  });

  test("never grows as the start comes nearer", () => {
    const moments = fc.tuple(fc.nat(500 * 60), fc.nat(500 * 60));
    fc.assert(
      fc.property(rules, fc.nat(), moments, (rule, totalMinor, minutesBefore) => {
        const [later, earlier] = minutesBefore.toSorted((a, b) => a - b);
        const refund = (before: number) =>
          refundOf(rule, {
            totalMinor,
            currency: "EUR",
            paidMinor: totalMinor,
            startsAtMs,
            nowMs: startsAtMs - before * 60_000,
          });
        expect(refund(earlier!)).toBeGreaterThanOrEqual(refund(later!));
      }),
    );
  });

  test("becomes less at exactly the instant that is named, and not before", () => {
    const minutesBefore = fc.integer({ min: -60, max: 500 * 60 });
    fc.assert(
      fc.property(rules, fc.nat(100_000), fc.nat(100), minutesBefore, (rule, totalMinor, percent, before) => {
        const paidMinor = Math.floor((totalMinor * percent) / 100);
        const of = {
          totalMinor,
          currency: "EUR",
          paidMinor,
          startsAtMs,
          nowMs: startsAtMs - before * 60_000,
        };
        const turn = refundChangesAt(rule, of);
        // Where it never becomes less, it is at the end what it is now.
        const end = Math.max(of.nowMs, startsAtMs) + 1;
        const at = (nowMs: number) => refundOf(rule, { ...of, nowMs });
        expect(at((turn ?? end + 1) - 1)).toBe(at(of.nowMs));
        expect(at(turn ?? end) < at(of.nowMs)).toBe(turn !== null);
        expect(turn ?? Infinity).toBeGreaterThan(of.nowMs);
      }),
    );
  });

  test("is of what can be charged of the currency: of dinars ten thousandths at a time", () => {
    const of = { ...at("2027-03-01T18:00:00Z", 10_010), currency: "KWD" };
    // 33 % are 3.3033 dinars.
    expect(refundOf(tiered, of)).toBe(3_300);
  });

  test("of what costs nothing never becomes less", () => {
    expect(refundChangesAt(tiered, at("2027-02-01T00:00:00Z", 0))).toBeNull();
  });

  test("of who did not come is a share rounded half up", () => {
    const half = { noShow: { afterMinutes: 15, refundPercent: 50 } };
    const of = { totalMinor: 1001, currency: "EUR" };
    expect(noShowRefund(half, { ...of, paidMinor: 1001 })).toBe(501);
    const nothing = { noShow: { afterMinutes: 15, refundPercent: 0 } };
    expect(noShowRefund(nothing, { ...of, paidMinor: 1001 })).toBe(0);
    expect(noShowRefund(half, { ...of, paidMinor: 600 })).toBe(100);
    expect(noShowRefund(half, { ...of, paidMinor: 300 })).toBe(0);
  });

  test.each([
    ["2027-02-23T12:00:00Z", 300, 300],
    // 200 of 1001 are kept, of which 300 were paid.
    ["2027-02-28T12:00:00Z", 300, 100],
    // 500 are to be kept: nothing is asked for beyond what was paid.
    ["2027-03-01T12:00:00Z", 300, 0],
    ["2027-03-01T12:00:00Z", 600, 100],
    ["2027-03-02T12:00:00Z", 300, 0],
  ])("at %s of 1001 of which %i were paid is %i: what is kept comes first", (now, paid, refund) => {
    expect(refundOf(tiered, at(now, 1001, paid))).toBe(refund);
  });
});
