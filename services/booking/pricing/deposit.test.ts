import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balanceOf, movedBalance, paidMinor, remindsAt, type SplitAsked } from "./deposit.ts";

const hourMs = 3_600_000;
const beginsAtMs = Date.parse("2027-06-01T12:00:00Z");
const terms = { dueHoursBefore: 336, graceHours: 72 };
const nowMs = Date.parse("2027-04-01T00:00:00Z");

const asked = (of: Partial<SplitAsked> = {}): SplitAsked => ({
  policies: { depositPercent: 30, balance: terms },
  totalMinor: 1005,
  currency: "EUR",
  beginsAtMs,
  nowMs,
  ...of,
});

describe("a balance", () => {
  test("is what the deposit, rounded half up, leaves; due so long before the start, and given up after the grace", () => {
    expect(balanceOf(asked())).toEqual({
      charge: 2,
      amountMinor: 703,
      dueAt: "2027-05-18T12:00:00Z",
      givesUpAt: "2027-05-21T12:00:00Z",
      failures: 0,
    });
  });

  test("is of what can be charged of the currency: of dinars ten thousandths at a time", () => {
    const balance = balanceOf(asked({ totalMinor: 10_010, currency: "KWD" }));
    // 30 % are 3.003 dinars.
    expect(balance?.amountMinor).toBe(10_010 - 3_000);
  });

  test("is never waited for past the start", () => {
    const balance = balanceOf(
      asked({ policies: { depositPercent: 30, balance: { dueHoursBefore: 24, graceHours: 72 } } }),
    );
    expect(balance).toMatchObject({ dueAt: "2027-05-31T12:00:00Z", givesUpAt: "2027-06-01T12:00:00Z" });
  });

  test.each<[string, Partial<SplitAsked>]>([
    ["it would be due already", { nowMs: beginsAtMs - 336 * hourMs }],
    ["the deposit is everything", { policies: { depositPercent: 100, balance: terms } }],
    [
      "the deposit rounds to everything",
      { policies: { depositPercent: 99, balance: terms }, totalMinor: 50 },
    ],
    ["the deposit rounds to nothing", { policies: { depositPercent: 1, balance: terms }, totalMinor: 49 }],
    ["there is nothing to pay", { totalMinor: 0 }],
    ["the terms are from before there was one", { policies: { depositPercent: 30 } }],
  ])("is none, so everything is due at once, where %s", (_, of) => {
    expect(balanceOf(asked(of))).toBeNull();
  });

  test("and the deposit are together the total, whatever it is", () => {
    const percents = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.maxSafeNat(), percents, (totalMinor, depositPercent) => {
        const policies = { depositPercent, balance: terms };
        const balance = balanceOf(asked({ totalMinor, policies }));
        const paid = paidMinor({ total_minor: totalMinor, balance });
        expect(paid).toBeGreaterThanOrEqual(totalMinor === 0 ? 0 : 1);
        expect(Math.abs(Number(BigInt(paid) * 100n - BigInt(totalMinor) * BigInt(depositPercent)))).toSatisfy(
          (off: number) => balance === null || off <= 50,
        );
      }),
    );
  });

  test("is reminded of three days before it is due, unless the booking is made later than that", () => {
    const balance = balanceOf(asked());
    expect(remindsAt(balance, nowMs)).toBe("2027-05-15T12:00:00Z");
    expect(remindsAt(balance, Date.parse("2027-05-15T12:00:00Z"))).toBeNull();
    expect(remindsAt(null, nowMs)).toBeNull();
  });
});

describe("the balance of a booking that moves", () => {
  const balance = balanceOf(asked())!;
  const moved = (of: Partial<Parameters<typeof movedBalance>[1]> = {}, before = balance) =>
    movedBalance(before, {
      policies: { depositPercent: 30, balance: terms },
      beginsAtMs,
      nowMs,
      isSameBegin: false,
      cheaperMinor: 0,
      ...of,
    });

  test("is due with its new start", () => {
    expect(moved({ beginsAtMs: beginsAtMs + 24 * hourMs })).toMatchObject({
      amountMinor: 703,
      dueAt: "2027-05-19T12:00:00Z",
      givesUpAt: "2027-05-22T12:00:00Z",
    });
  });

  test("shrinks by what it costs less, down to nothing; what it costs more is paid at once", () => {
    expect(moved({ isSameBegin: true, cheaperMinor: 100 })).toEqual({ ...balance, amountMinor: 603 });
    expect(moved({ isSameBegin: true, cheaperMinor: 703 })).toBeNull();
    expect(moved({ isSameBegin: true, cheaperMinor: 900 })).toBeNull();
    expect(moved({ isSameBegin: true, cheaperMinor: -500 })).toEqual(balance);
    expect(
      movedBalance(null, {
        policies: asked().policies,
        beginsAtMs,
        nowMs,
        isSameBegin: true,
        cheaperMinor: 0,
      }),
    ).toBeNull();
  });

  test("is due now where the new start is that near, with the whole grace", () => {
    expect(moved({ beginsAtMs: nowMs + 200 * hourMs })).toMatchObject({
      dueAt: "2027-04-01T00:00:00Z",
      givesUpAt: "2027-04-04T00:00:00Z",
    });
  });

  test("stays overdue where it still is, so that no move puts the end of its grace off", () => {
    const late = Date.parse("2027-05-20T00:00:00Z");
    const later = moved({ beginsAtMs: beginsAtMs + 24 * hourMs, nowMs: late });
    expect(later).toEqual(balance);
    expect(moved({ beginsAtMs: late + 5 * hourMs, nowMs: late })).toMatchObject({
      dueAt: balance.dueAt,
      givesUpAt: "2027-05-20T05:00:00Z",
    });
    expect(moved({ isSameBegin: true, nowMs: late })).toEqual(balance);
    // Far enough away it is due another time.
    expect(moved({ beginsAtMs: beginsAtMs + 240 * hourMs, nowMs: late })).toMatchObject({
      dueAt: "2027-05-28T12:00:00Z",
    });
  });
});
