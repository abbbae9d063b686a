import fc from "fast-check";
import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import { expect, test } from "vitest";
import { checkLeadTime } from "../calendar/check-time.ts";
import { countFree } from "../calendar/free-units.ts";
import { listTimes } from "../calendar/list-times.ts";
import { OpeningRules } from "../calendar/opening-rules.ts";
import { numberOf } from "../calendar/zone-days.ts";
import { mostTaken, profileOf } from "../calendar/busy-profile.ts";
import { firstFree, stretchOf } from "./first-free.ts";

const hourMs = 3_600_000;
const zones = ["Europe/Lisbon", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const monday = Temporal.PlainDate.from("2027-03-22");
const middle = Date.parse("2027-03-27T00:00:00Z");

const hourText = (hour: number) => `${String(hour).padStart(2, "0")}:00`;

const rulesByHours = fc
  .record({
    zone: fc.constantFrom(...zones),
    capacity: fc.integer({ min: 1, max: 3 }),
    opens: fc.integer({ min: 0, max: 23 }),
    openHours: fc.integer({ min: 1, max: 12 }),
    openDays: fc.subarray([...days], { minLength: 1 }),
    step: fc.constantFrom(30, 60),
    buffers: fc.constantFrom([0, 0], [15, 45]),
    noticeMinutes: fc.constantFrom(0, 90, 2880),
    windowDays: fc.constantFrom(3, 365),
  })
  .map(({ opens, openHours, openDays, step, buffers, ...rest }) => {
    const hours = { from: hourText(opens), to: hourText((opens + openHours) % 24) };
    return completeRules({
      ...deskRules,
      ...rest,
      bufferBeforeMinutes: buffers[0]!,
      bufferAfterMinutes: buffers[1]!,
      availability: {
        by: "hours",
        weekly: Object.fromEntries(openDays.map((day) => [day, [hours]])),
        granularityMinutes: step,
        minimumMinutes: step,
        maximumMinutes: 240,
      },
    });
  });

const rulesByNights = fc
  .record({ zone: fc.constantFrom(...zones), capacity: fc.integer({ min: 1, max: 3 }) })
  .map((rest) =>
    completeRules({
      ...deskRules,
      ...rest,
      closedOn: ["2027-03-26"],
      availability: { by: "nights", checkIn: "15:00", checkOut: "11:00", minimumNights: 1, maximumNights: 4 },
      price: { per: "night", amountMinor: 100, currency: "EUR" },
    }),
  );

const taken = fc.array(
  fc
    .tuple(fc.integer({ min: -150, max: 250 }), fc.integer({ min: 1, max: 60 }))
    .map(([from, length]) => ({ from: middle + from * hourMs, to: middle + (from + length) * hourMs })),
  { maxLength: 30 },
);

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
