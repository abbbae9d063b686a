import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { priceOf, refundOf } from "./price.ts";

const minutes = (count: number) => ({ unit: "minute" as const, count });
const nights = (count: number) => ({ unit: "night" as const, count });

describe("a price", () => {
  test("is per hour to the minute, rounded half up once", () => {
    const perHour = { per: "hour", amountMinor: 1001, currency: "EUR" } as const;
    expect(priceOf(perHour, minutes(90), 1)?.total).toEqual({ amountMinor: 1502, currency: "EUR" });
    expect(priceOf(perHour, minutes(30), 1)?.total.amountMinor).toBe(501);
  });

  test("is per night and unit", () => {
    const perNight = { per: "night", amountMinor: 12_000, currency: "JPY" } as const;
    expect(priceOf(perNight, nights(3), 2)?.total).toEqual({ amountMinor: 72_000, currency: "JPY" });
  });

  test("is per booking whatever the length", () => {
    const flat = { per: "booking", amountMinor: 4500, currency: "EUR" } as const;
    expect(priceOf(flat, minutes(45), 1)?.total.amountMinor).toBe(4500);
  });

  test("has lines that add up to its total", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("hour", "booking"),
        fc.nat(1e7),
        fc.integer({ min: 5, max: 10_080 }),
        fc.integer({ min: 1, max: 50 }),
        (per, amountMinor, count, quantity) => {
          const price = priceOf({ per, amountMinor, currency: "EUR" }, minutes(count), quantity)!;
          expect(price.lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(price.total.amountMinor);
        },
      ),
    );
  });

  test("that no integer can hold exactly is refused", () => {
    expect(priceOf({ per: "night", amountMinor: 2 ** 50, currency: "EUR" }, nights(30), 1)).toBeUndefined();
  });
});

describe("a refund", () => {
  const rule = { fullRefundUntilHours: 24, refundPercentAfter: 33 };
  const startsAtMs = Date.parse("2027-03-02T12:00:00Z");
  const at = (text: string) => ({ totalMinor: 1001, startsAtMs, nowMs: Date.parse(text) });

  test("is the whole until the last free moment, then the rule's share, rounded half up, then nothing", () => {
    expect(refundOf(rule, at("2027-03-01T12:00:00Z"))).toBe(1001);
    expect(refundOf(rule, at("2027-03-01T12:00:01Z"))).toBe(330);
    expect(refundOf(rule, at("2027-03-02T12:00:00Z"))).toBe(0);
  });
});
