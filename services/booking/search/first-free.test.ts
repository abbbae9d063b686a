import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkLeadTime } from "../calendar/check-time.ts";
import { countFree } from "../calendar/free-units.ts";
import { listTimes } from "../calendar/list-times.ts";
import { OpeningRules } from "../calendar/opening-rules.ts";
import { numberOf } from "../calendar/zone-days.ts";
import { mostTaken, profileOf } from "../calendar/busy-profile.ts";
import { firstFree, stretchOf } from "./first-free.ts";
import { hourMs, middle, monday, rulesByHours, rulesByNights, taken } from "./random-resources.fixture.ts";

test("the first free time is the first one listed that can be booked now with enough units free", () => {
  fc.assert(
    fc.property(
      fc.oneof(rulesByHours, rulesByNights),
      taken,
      fc.record({
        fromDay: fc.integer({ min: 0, max: 9 }),
        forDays: fc.integer({ min: 0, max: 9 }),
        units: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        quantity: fc.integer({ min: 1, max: 2 }),
        nowHours: fc.integer({ min: -300, max: 100 }),
      }),
      (rules, allocations, { fromDay, forDays, units, quantity, nowHours }) => {
        const opening = new OpeningRules(rules);
        const now = middle + nowHours * hourMs;
        const byNights = rules.availability.by === "nights";
        const from = monday.add({ days: fromDay });
        const to = from.add({ days: forDays });
        const length = byNights ? units : units === undefined ? undefined : units * 60;
        const window = {
          by: "dates" as const,
          from: numberOf(from),
          to: numberOf(to),
          minutes: byNights ? undefined : length,
          nights: byNights ? length : undefined,
        };
        const stretch = stretchOf(opening, window);
        const profile = profileOf(allocations);
        const busy = {
          mostTaken: (time: { from: number; to: number }) => {
            expect(stretch.from <= time.from && time.to <= stretch.to).toBe(true);
            return mostTaken(profile, time);
          },
        };
        const found = firstFree(opening, busy, { window, quantity, people: 1, now });
        const shortest = rules.availability.by === "nights" ? 1 : rules.availability.minimumMinutes;
        const expected = listTimes(opening, { from, to, length: length ?? shortest })
          .filter((time) => checkLeadTime(opening, time, now) === undefined)
          .map((time) => ({ ...time, free: countFree(allocations, rules.capacity, time.taken) }))
          .find((time) => time.free >= quantity);
        expect(typeof found === "object" ? found : undefined).toEqual(expected);
      },
    ),
    { numRuns: 1500 },
  );
});

describe("an arrival that a clock change moves into the next date", () => {
  // Nuuk jumps from Saturday 23:00 to Sunday 00:00: 23:30 becomes Sunday 00:30.
  const opening = new OpeningRules(
    completeRules({
      ...deskRules,
      zone: "America/Nuuk",
      availability: { by: "nights", checkIn: "23:30", checkOut: "11:00", minimumNights: 1, maximumNights: 1 },
      price: { per: "night", amountMinor: 100, currency: "EUR" },
    }),
  );
  const night = {
    startsAt: Date.parse("2027-03-28T01:30:00Z"),
    endsAt: Date.parse("2027-03-28T12:00:00Z"),
    date: "2027-03-27",
  };
  const free = { mostTaken: () => 0 };

  test("is found until it begins, also on that date", () => {
    const saturday = numberOf(Temporal.PlainDate.from("2027-03-27"));
    const window = { by: "dates", from: saturday, to: saturday, minutes: undefined, nights: 1 } as const;
    const wanted = { window, quantity: 1, people: 1 };
    expect(firstFree(opening, free, { ...wanted, now: night.startsAt })).toMatchObject(night);
    expect(firstFree(opening, free, { ...wanted, now: night.startsAt + 1 })).toBe("none");
  });

  test("is found by its time under the date that a listing has it under", () => {
    const window = { by: "time", startsAt: night.startsAt, endsAt: night.endsAt } as const;
    const wanted = { window, quantity: 1, people: 1, now: night.startsAt };
    expect(firstFree(opening, free, wanted)).toMatchObject(night);
  });
});
