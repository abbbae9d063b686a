import { minutesOf, weekdays } from "@holdfast/contracts/availability-rules";
import { smallestCharge } from "@holdfast/contracts/currencies";
import type { PriceCondition, PriceRule } from "@holdfast/contracts/price-rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import { minutesFrom, nightsFrom, priced, priceRule, promotion } from "./price-context.fixture.ts";
import { priceOf, pricerOf, type PriceContext } from "./price.ts";

const bounds = (most: number) =>
  fc.record({ atLeast: fc.nat(most) }).chain(({ atLeast }) => fc.constant({ atLeast }));
const monthDay = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map((numbers) => numbers.map((number) => String(number).padStart(2, "0")).join("-"));
const clock = fc
  .nat(47)
  .map((half) => `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 === 0 ? "00" : "30"}`);
const byWallClock = {
  season: fc.record({ from: monthDay, to: monthDay }),
  weekdays: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
  hours: fc
    .tuple(clock, clock)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => ({ from, to })),
};
const byBooking = { length: bounds(300), leadHours: bounds(100), people: bounds(6) };
const byQuantity = { quantity: bounds(5), occupancyPercent: bounds(100) };

type Conditions = Record<string, fc.Arbitrary<unknown>>;
const change = fc.oneof(
  fc.record({ basisPoints: fc.integer({ min: -10_000, max: 20_000 }) }),
  fc.record({ amountMinor: fc.integer({ min: -5000, max: 5000 }) }),
  fc.record({ setMinor: fc.nat(9999) }),
);
const adjustments = (conditions: Conditions, changes: fc.Arbitrary<unknown> = change) =>
  fc.array(
    fc.record({
      label: fc.constantFrom("A", "B", "C"),
      when: fc.record(conditions, { requiredKeys: [] }).filter((when) => Object.keys(when).length > 0),
      change: changes,
    }),
    { maxLength: 5 },
  );

const per = fc.constantFrom("booking", "unit", "person", "hour", "night");
const basisPoints = fc.integer({ min: 1, max: 3000 });
/** Rules of every shape, with adjustments by these conditions. */
const rules = (
  conditions: Conditions,
  of = fc.constantFrom("hour", "night", "booking"),
): fc.Arbitrary<PriceRule> =>
  fc
    .record({
      per: of,
      perPerson: fc.boolean(),
      amountMinor: fc.nat(99_999),
      currency: fc.constantFrom("EUR", "JPY", "KWD"),
      adjustments: adjustments(conditions),
      extras: fc.array(fc.record({ per, amountMinor: fc.nat(9999) }), { maxLength: 3 }),
      fees: fc.array(
        fc
          .oneof(fc.record({ per, amountMinor: fc.nat(9999) }), fc.record({ basisPoints }))
          .map((fee) => ({ ...fee, label: "Fee" })),
        { maxLength: 3 },
      ),
      taxes: fc.array(fc.record({ basisPoints, included: fc.boolean() }), { maxLength: 3 }),
    })
    .map((rule) =>
      priceRule({
        ...rule,
        extras: rule.extras.map((extra, index) => ({
          ...extra,
          code: `e${index}`,
          label: "Extra",
          maximum: 9,
        })),
        taxes: rule.taxes.map((tax, index) => ({ ...tax, label: `Tax ${index}` })),
      } as never),
    );

const discount = fc.oneof(
  fc.record({ basisPoints: fc.integer({ min: 1, max: 10_000 }) }),
  fc.record({ amountMinor: fc.nat(20_000), currency: fc.constant("EUR") }),
);
/** A booking that fits the rule, in a zone and a week with a clock change in it. */
const contextOf = (rule: PriceRule): fc.Arbitrary<PriceContext> =>
  fc
    .record({
      zone: fc.constantFrom("Europe/Lisbon", "America/Santiago", "Australia/Lord_Howe", "Asia/Tokyo"),
      day: fc.constantFrom(
        "2027-03-25",
        "2027-04-01",
        "2027-09-02",
        "2027-10-01",
        "2027-10-29",
        "2027-12-30",
      ),
      half: fc.nat(47),
      count: fc.integer({ min: 1, max: 300 }),
      rest: fc.record({
        quantity: fc.integer({ min: 1, max: 6 }),
        people: fc.integer({ min: 1, max: 8 }),
        leadMinutes: fc.nat(6000),
        occupancyPercent: fc.nat(100),
        promotion: fc.option(
          discount.filter((d) => !("amountMinor" in d) || rule.currency === "EUR").map(promotion),
        ),
        extras: fc.shuffledSubarray(rule.extras.map((extra) => ({ code: extra.code, quantity: 2 }))),
      }),
    })
    .map(({ zone, day, half, count, rest }) => {
      if (rule.per === "night") return nightsFrom(day, Math.ceil(count / 10), { zone, ...rest });
      const start = Temporal.PlainDateTime.from(day)
        .add({ minutes: half * 30 })
        .toString();
      return minutesFrom(start, count * 15, { zone, ...rest });
    });
const cases = (conditions: Conditions, of?: fc.Arbitrary<"hour" | "night" | "booking">) =>
  rules(conditions, of).chain((rule) => contextOf(rule).map((context) => ({ rule, context })));

const everyCondition = { ...byWallClock, ...byBooking, ...byQuantity };

test("the lines add up to the total, which is never negative, and each is its counts times its unit amount, rounded to what can be charged", () => {
  fc.assert(
    fc.property(cases(everyCondition), ({ rule, context }) => {
      const { lines, total } = priced(rule, context);
      const added = lines.filter((line) => !line.included);
      expect(added.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(total.amountMinor);
      expect(total.amountMinor).toBeGreaterThanOrEqual(0);
      const smallest = smallestCharge(rule.currency);
      for (const line of lines) {
        const exact = line.count * line.quantity * line.unitAmountMinor;
        const isRounded = line.unit === "hour" || smallest > 1;
        // Hours are counted in minutes; a float's last digits are not what is tested here.
        expect(Math.abs(line.amountMinor - exact)).toBeLessThanOrEqual(isRounded ? smallest / 2 + 1e-6 : 0);
        expect(Math.abs(line.amountMinor) % smallest).toBe(0);
      }
    }),
  );
});

test("the base lines count exactly the length", () => {
  fc.assert(
    fc.property(cases(everyCondition), ({ rule, context }) => {
      const base = priced(rule, context).lines.filter((line) => line.kind === "base");
      const counted = base.reduce((sum, line) => sum + line.count * (line.unit === "hour" ? 60 : 1), 0);
      expect(counted).toBeCloseTo(rule.per === "booking" ? 1 : context.length.count, 6);
    }),
  );
});

test("what it was made of makes the same price again after a way through JSON, and in a listing", () => {
  fc.assert(
    fc.property(
      rules(everyCondition).chain((rule) => fc.tuple(fc.constant(rule), fc.array(contextOf(rule)))),
      ([rule, contexts]) => {
        const stored = JSON.stringify({ rule, contexts });
        const again = JSON.parse(stored) as { rule: PriceRule; contexts: PriceContext[] };
        const listing = pricerOf(rule);
        for (const [index, context] of contexts.entries()) {
          const price = priceOf(rule, context);
          expect(priceOf(again.rule, again.contexts[index]!)).toEqual(price);
          expect(listing(context)).toEqual(price);
        }
      },
    ),
  );
});

/** Does it hold in the minute that begins then, by the calendar's own arithmetic? */
function holdsIn(when: PriceCondition, at: Temporal.ZonedDateTime): boolean {
  const minute = at.hour * 60 + at.minute;
  let date = at.toPlainDate();
  if (when.hours) {
    const [from, to] = [minutesOf(when.hours.from), minutesOf(when.hours.to)];
    const isAfterMidnight = to < from && minute < to;
    const isInside = isAfterMidnight || (minute >= from && (minute < to || to < from));
    if (!isInside) return false;
    if (isAfterMidnight) date = date.subtract({ days: 1 });
  }
  if (when.weekdays && !when.weekdays.includes(weekdays[date.dayOfWeek - 1]!)) return false;
  if (!when.season) return true;
  const number = (text: string) => Number(text.replace("-", ""));
  const [from, to, on] = [number(when.season.from), number(when.season.to), date.month * 100 + date.day];
  return from <= to ? from <= on && on <= to : on >= from || on <= to;
}

test("each minute has the adjustments that hold by the wall clock in it, through every clock change", () => {
  fc.assert(
    fc.property(cases(byWallClock, fc.constant("hour")), ({ rule, context }) => {
      const byLine = priced(rule, context)
        .lines.filter((line) => line.kind === "base")
        .flatMap((line) =>
          Array.from({ length: Math.round(line.count * 60) }, () => line.adjustments.join()),
        );
      const start = Temporal.Instant.fromEpochMilliseconds(context.startsAt).toZonedDateTimeISO(context.zone);
      const byMinute = Array.from({ length: context.length.count }, (_, index) =>
        start.add({ minutes: index }),
      ).map((at) =>
        rule.adjustments
          .filter((one) => holdsIn(one.when, at))
          .map((one) => one.label)
          .join(),
      );
      expect(byLine).toEqual(byMinute);
    }),
    { numRuns: 60 },
  );
});

test("the order of extras asked for, of fees and of taxes changes no total", () => {
  const turned = <T>(list: readonly T[]) => [...list].toReversed();
  fc.assert(
    fc.property(cases(everyCondition), ({ rule, context }) => {
      const { total, lines } = priced(rule, context);
      expect(priced(rule, { ...context, extras: turned(context.extras) }).lines).toEqual(lines);
      expect(priced({ ...rule, fees: turned(rule.fees), taxes: turned(rule.taxes) }, context).total).toEqual(
        total,
      );
    }),
  );
});

test("the order of adjustments by share changes no total", () => {
  const shares = adjustments(
    everyCondition,
    fc.record({ basisPoints: fc.integer({ min: -10_000, max: 20_000 }) }),
  );
  const both = fc.tuple(cases(everyCondition), shares);
  fc.assert(
    fc.property(both, ([{ rule, context }, list]) => {
      const one = { ...rule, adjustments: list } as PriceRule;
      const other = { ...rule, adjustments: list.toReversed() } as PriceRule;
      expect(priced(other, context).total).toEqual(priced(one, context).total);
    }),
  );
});

test("more units never cost less where no rule looks at their number", () => {
  fc.assert(
    fc.property(
      cases({ ...byWallClock, ...byBooking }),
      fc.integer({ min: 1, max: 5 }),
      ({ rule, context }, more) => {
        const dearer = priced(rule, { ...context, quantity: context.quantity + more }).total.amountMinor;
        expect(dearer).toBeGreaterThanOrEqual(priced(rule, context).total.amountMinor);
      },
    ),
  );
});
