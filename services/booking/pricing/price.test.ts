import { describe, expect, test } from "vitest";
import { inShort, minutesFrom, nightsFrom, priced, priceRule, promotion } from "./price-context.fixture.ts";
import { priceOf } from "./price.ts";

const eur = { currency: "EUR" } as const;
const off = (basisPoints: number) => ({ basisPoints });

const hotel = priceRule({
  per: "night",
  amountMinor: 10_000,
  ...eur,
  adjustments: [
    { label: "Summer", when: { season: { from: "06-15", to: "09-15" } }, change: off(2000) },
    { label: "Weekend", when: { weekdays: ["fri", "sat"] }, change: off(1000) },
    { label: "A week", when: { length: { atLeast: 7 } }, change: off(-1000) },
  ],
});

const court = priceRule({
  per: "hour",
  amountMinor: 1201,
  ...eur,
  adjustments: [
    { label: "Peak", when: { hours: { from: "17:00", to: "21:00" }, weekdays: ["mon"] }, change: off(2500) },
  ],
});

const full = priceRule({
  per: "night",
  amountMinor: 10_000,
  ...eur,
  extras: [
    { code: "breakfast", label: "Breakfast", per: "person", amountMinor: 1500, maximum: 2 },
    { code: "parking", label: "Parking", per: "night", amountMinor: 800 },
    { code: "cot", label: "Cot", per: "booking", amountMinor: 500 },
  ],
  fees: [
    { label: "Cleaning", per: "booking", amountMinor: 3500 },
    { label: "Service", basisPoints: 500 },
  ],
  taxes: [
    { label: "City tax", basisPoints: 600 },
    { label: "VAT", basisPoints: 2300, included: true },
  ],
});
const extras = [
  { code: "parking", quantity: 1 },
  { code: "breakfast", quantity: 2 },
];

describe("a price by hand", () => {
  test("of a week at a hotel takes season, weekdays and length night by night", () => {
    // Friday 10 to Friday 17 September 2027: two weekend nights, four of summer, and one after it.
    expect(inShort(priced(hotel, nightsFrom("2027-09-10", 7)))).toEqual([
      "base Nights | 2 x 1 x 11880 = 23760 | Summer, Weekend, A week",
      "base Nights | 4 x 1 x 10800 = 43200 | Summer, A week",
      "base Nights | 1 x 1 x 9000 = 9000 | A week",
      "75960 EUR",
    ]);
  });

  test("of a court changes at the minute that peak hours begin, and rounds each line once", () => {
    // 1201 and a quarter is 1501.25; three quarters of an hour at 1201 are 900.75.
    expect(inShort(priced(court, minutesFrom("2027-03-01T16:15", 105)))).toEqual([
      "base Hours | 0.75 x 1 x 1201 = 901",
      "base Hours | 1 x 1 x 1501 = 1501 | Peak",
      "2402 EUR",
    ]);
    expect(inShort(priced(court, minutesFrom("2027-03-01T20:30", 60, { quantity: 3 })))).toEqual([
      "base Hours | 0.5 x 3 x 1501 = 2252 | Peak",
      "base Hours | 0.5 x 3 x 1201 = 1802",
      "4054 EUR",
    ]);
    expect(inShort(priced(court, minutesFrom("2027-03-02T17:00", 60)))).toEqual([
      "base Hours | 1 x 1 x 1201 = 1201",
      "1201 EUR",
    ]);
  });

  test("per booking is judged by its start, whatever the length", () => {
    const evening = {
      label: "Evening",
      when: { hours: { from: "18:00", to: "24:00" } },
      change: { amountMinor: 500 },
    };
    const flat = priceRule({ per: "booking", amountMinor: 4500, ...eur, adjustments: [evening] });
    expect(inShort(priced(flat, minutesFrom("2027-03-01T17:55", 45)))).toEqual([
      "base Booking | 1 x 1 x 4500 = 4500",
      "4500 EUR",
    ]);
    expect(priced(flat, minutesFrom("2027-03-01T18:00", 90)).total.amountMinor).toBe(5000);
  });

  test("per person counts the people, however many units they take", () => {
    const tour = priceRule({ per: "booking", perPerson: true, amountMinor: 1999, ...eur });
    expect(inShort(priced(tour, minutesFrom("2027-03-01T10:00", 60, { quantity: 2, people: 3 })))).toEqual([
      "base Booking | 1 x 3 x 1999 = 5997",
      "5997 EUR",
    ]);
  });

  test("in yen has no smaller unit: the included tenth of 72,000 is rounded to a whole yen", () => {
    const taxes = [{ label: "Consumption tax", basisPoints: 1000, included: true }];
    const ryokan = priceRule({ per: "night", amountMinor: 12_000, currency: "JPY", taxes });
    expect(inShort(priced(ryokan, nightsFrom("2027-03-01", 3, { quantity: 2, zone: "Asia/Tokyo" })))).toEqual(
      [
        "base Nights | 3 x 2 x 12000 = 72000",
        "tax Consumption tax | 1 x 1 x 6545 = 6545 (included)",
        "72000 JPY",
      ],
    );
  });

  test("in dinars is counted in thousandths and charged by ten of them, five up", () => {
    const taxes = [{ label: "VAT", basisPoints: 500 }];
    const room = priceRule({ per: "hour", amountMinor: 12_345, currency: "KWD", taxes });
    expect(inShort(priced(room, minutesFrom("2027-03-01T10:00", 90, { zone: "Asia/Kuwait" })))).toEqual([
      "base Hours | 1.5 x 1 x 12345 = 18520",
      "tax VAT | 1 x 1 x 930 = 930",
      "19450 KWD",
    ]);
  });

  test("has extras, promotion, fees and taxes in that order, each on what it is of", () => {
    const stay = nightsFrom("2027-03-01", 2, { people: 2, extras, promotion: promotion(off(1000)) });
    expect(inShort(priced(full, stay))).toEqual([
      "base Nights | 2 x 1 x 10000 = 20000",
      "extra Breakfast | 1 x 4 x 1500 = 6000",
      "extra Parking | 2 x 1 x 800 = 1600",
      "promotion Spring | 1 x 1 x -2760 = -2760",
      "fee Cleaning | 1 x 1 x 3500 = 3500",
      "fee Service | 1 x 1 x 1000 = 1000",
      "tax City tax | 1 x 1 x 1760 = 1760",
      "tax VAT | 1 x 1 x 5486 = 5486 (included)",
      "31100 EUR",
    ]);
  });

  test("counts extras and fees by booking, unit, person, hour and night, whichever way the resource is booked", () => {
    const each = (["booking", "unit", "person", "hour", "night"] as const).map((per) => ({
      label: per,
      per,
      amountMinor: 100,
    }));
    const rest = { quantity: 2, people: 3 };
    const fees = (price: { lines: readonly { kind: string; label: string; amountMinor: number }[] }) =>
      Object.fromEntries(price.lines.filter((l) => l.kind === "fee").map((l) => [l.label, l.amountMinor]));
    const desk = priceRule({ per: "hour", amountMinor: 0, ...eur, fees: each });
    expect(fees(priced(desk, minutesFrom("2027-03-01T10:00", 90, rest)))).toEqual({
      booking: 100,
      unit: 200,
      person: 300,
      hour: 300,
    });
    // Past one midnight.
    expect(fees(priced(desk, minutesFrom("2027-03-01T23:30", 60, rest)))).toMatchObject({
      hour: 200,
      night: 200,
    });
    const room = priceRule({ per: "night", amountMinor: 0, ...eur, fees: each });
    // From 15:00 to 11:00 are 20 hours.
    expect(fees(priced(room, nightsFrom("2027-03-01", 1, rest)))).toMatchObject({ hour: 4000, night: 200 });
  });
});

describe("a promotion", () => {
  const five = priceRule({ per: "hour", amountMinor: 5, ...eur });
  const withPromotion = (discount: Parameters<typeof promotion>[0]) =>
    priceOf(five, minutesFrom("2027-03-01T10:00", 60, { promotion: promotion(discount) }));

  test("by share takes half a cent off whole", () => {
    expect(withPromotion(off(5000))).toMatchObject({ total: { amountMinor: 2 } });
  });

  test("by amount takes off what there is at most, in its own currency only", () => {
    expect(withPromotion({ amountMinor: 3, ...eur })).toMatchObject({ total: { amountMinor: 2 } });
    expect(withPromotion({ amountMinor: 300, ...eur })).toMatchObject({ total: { amountMinor: 0 } });
    expect(withPromotion({ amountMinor: 3, currency: "USD" })).toBe("promotion-other-currency");
  });
});

describe("there is no price", () => {
  test("for an extra that the rule does not name, or more of one than it allows, however it is asked for", () => {
    const asking = (...codes: { code: string; quantity: number }[]) =>
      priceOf(full, nightsFrom("2027-03-01", 1, { extras: codes }));
    expect(asking({ code: "sauna", quantity: 1 })).toBe("extra-unknown");
    expect(asking({ code: "breakfast", quantity: 3 })).toBe("too-many-extras");
    expect(asking({ code: "cot", quantity: 1 }, { code: "cot", quantity: 1 })).toBe("too-many-extras");
    expect(typeof asking({ code: "breakfast", quantity: 2 })).toBe("object");
  });

  test("that no integer holds exactly: neither a line nor the total may be 2^53", () => {
    const dear = priceRule({ per: "night", amountMinor: 2 ** 52, ...eur });
    expect(priceOf(dear, nightsFrom("2027-03-01", 1))).toMatchObject({ total: { amountMinor: 2 ** 52 } });
    expect(priceOf(dear, nightsFrom("2027-03-01", 2))).toBe("too-large");
    // Half of it off would fit again, but the line it comes from does not.
    const halved = nightsFrom("2027-03-01", 2, { promotion: promotion(off(5000)) });
    expect(priceOf(dear, halved)).toBe("too-large");
    const taxed = priceRule({
      per: "night",
      amountMinor: 2 ** 52,
      ...eur,
      taxes: [{ label: "T", basisPoints: 10_000 }],
    });
    expect(priceOf(taxed, nightsFrom("2027-03-01", 1))).toBe("too-large");
  });
});
