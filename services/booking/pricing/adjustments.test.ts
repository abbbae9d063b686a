import { describe, expect, test } from "vitest";
import { inShort, minutesFrom, priced, priceRule } from "./price-context.fixture.ts";

const eur = { currency: "EUR" } as const;
const off = (basisPoints: number) => ({ basisPoints });

describe("adjustments", () => {
  const desk = (amountMinor: number, ...changes: Parameters<typeof adjustment>[0][]) =>
    priceRule({ per: "hour", amountMinor, ...eur, adjustments: changes.map(adjustment) });
  const adjustment = (change: { basisPoints: number } | { amountMinor: number } | { setMinor: number }) => ({
    label: JSON.stringify(change),
    when: { quantity: { atLeast: 1 } },
    change,
  });
  const hour = minutesFrom("2027-03-01T10:00", 60);

  test.each([
    { of: 1000, changes: [off(2000), { amountMinor: -300 }], is: 900, why: "in the order of the list" },
    {
      of: 1000,
      changes: [{ amountMinor: -300 }, off(2000)],
      is: 840,
      why: "in the order of the list, turned",
    },
    {
      of: 1000,
      changes: [off(2000), { setMinor: 700 }, off(1000)],
      is: 770,
      why: "anew from where one sets it",
    },
    { of: 5, changes: [off(1000), off(1000)], is: 6, why: "rounded once, not after each" },
    { of: 5, changes: [off(1000)], is: 6, why: "half up" },
    {
      of: 1000,
      changes: [{ amountMinor: -1500 }, { amountMinor: 200 }],
      is: 200,
      why: "never below zero on the way",
    },
    { of: 1000, changes: [{ amountMinor: -1500 }], is: 0, why: "never below zero at the end" },
    { of: 1000, changes: [off(-10_000)], is: 0, why: "down to nothing" },
  ])("make $is of $of: $why", ({ of, changes, is }) => {
    expect(priced(desk(of, ...changes), hour).total.amountMinor).toBe(is);
  });

  test.each([
    [{ length: { atLeast: 60, atMost: 60 } }, {}, { length: { unit: "minute", count: 65 } }],
    [{ leadHours: { atLeast: 24 } }, { leadMinutes: 1440 }, { leadMinutes: 1439 }],
    [{ leadHours: { atMost: 24 } }, { leadMinutes: 1440 }, { leadMinutes: 1441 }],
    [{ quantity: { atLeast: 2 } }, { quantity: 2 }, { quantity: 1 }],
    [{ people: { atMost: 4 } }, { people: 4 }, { people: 5 }],
    [{ occupancyPercent: { atLeast: 80 } }, { occupancyPercent: 80 }, { occupancyPercent: 79 }],
    [{ dates: { from: "2027-03-01", to: "2027-03-01" } }, {}, minutesFrom("2027-03-02T00:00", 60)],
    [{ season: { from: "12-20", to: "03-01" } }, {}, minutesFrom("2027-03-02T00:00", 60)],
    [
      { season: { from: "12-20", to: "03-01" } },
      minutesFrom("2027-12-20T00:00", 60),
      minutesFrom("2027-12-19T22:00", 60),
    ],
    [{ weekdays: ["mon" as const] }, {}, minutesFrom("2027-03-02T00:00", 60)],
    [{ hours: { from: "10:00", to: "11:00" } }, {}, minutesFrom("2027-03-01T11:00", 60)],
    [
      { quantity: { atLeast: 2 }, people: { atLeast: 2 } },
      { quantity: 2, people: 2 },
      { quantity: 2, people: 1 },
    ],
  ])("that ask for %j apply up to the bound and no further", (when, inside, outside) => {
    const adjustments = [{ label: "On", when, change: { setMinor: 0 } }];
    const rule = priceRule({ per: "hour", amountMinor: 1000, ...eur, adjustments });
    expect(priced(rule, { ...hour, ...inside } as typeof hour).total.amountMinor).toBe(0);
    expect(priced(rule, { ...hour, ...outside } as typeof hour).total.amountMinor).toBeGreaterThan(0);
  });

  test("of hours past midnight belong to the day they begin on", () => {
    const when = { weekdays: ["fri" as const], hours: { from: "22:00", to: "02:00" } };
    const late = priceRule({
      per: "hour",
      amountMinor: 1000,
      ...eur,
      adjustments: [{ label: "Late", when, change: off(10_000) }],
    });
    // Friday 5 March 2027, 21:00, six hours.
    expect(inShort(priced(late, minutesFrom("2027-03-05T21:00", 360)))).toEqual([
      "base Hours | 1 x 1 x 1000 = 1000",
      "base Hours | 4 x 1 x 2000 = 8000 | Late",
      "base Hours | 1 x 1 x 1000 = 1000",
      "10000 EUR",
    ]);
    // Friday itself begins in Thursday's hours.
    expect(priced(late, minutesFrom("2027-03-05T00:00", 120)).total.amountMinor).toBe(2000);
  });

  test("follow the wall clock through its changes, by elapsed minutes", () => {
    const when = { hours: { from: "00:00", to: "02:00" } };
    const night = priceRule({
      per: "hour",
      amountMinor: 1000,
      ...eur,
      adjustments: [{ label: "Night", when, change: off(10_000) }],
    });
    // Spring: 01:00 is 02:00 at once, so the night is an hour long. Autumn: 01:00 to 02:00 comes twice.
    const counts = (start: string) => priced(night, minutesFrom(start, 240)).lines.map((line) => line.count);
    expect(counts("2027-03-28T00:00")).toEqual([1, 3]);
    expect(counts("2027-10-31T00:00")).toEqual([3, 1]);
  });
});
