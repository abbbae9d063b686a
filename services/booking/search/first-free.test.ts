import fc from "fast-check";
import { expect, test } from "vitest";
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
