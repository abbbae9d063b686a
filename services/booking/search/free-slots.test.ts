import { newId } from "@holdfast/contracts/ids";
import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mostTaken, profileOf } from "../calendar/busy-profile.ts";
import type { TakenTime } from "../calendar/check-time.ts";
import { OpeningRules } from "../calendar/opening-rules.ts";
import { numberOf } from "../calendar/zone-days.ts";
import { FreeSlots, named } from "./free-slots.ts";
import { hourMs, middle, monday, rulesByHours, rulesByNights, taken } from "./random-resources.fixture.ts";

const byLeadTime = {
  label: "Last minute",
  when: { leadHours: { atMost: 24 } },
  change: { basisPoints: -1000 },
};

/** Something that happens between two searches. */
const happening = fc.oneof(
  fc.record({ hoursLater: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ newTaken: taken }),
);

const window = fc.oneof(
  fc.record({ from: fc.integer({ min: 0, max: 6 }), days: fc.integer({ min: 0, max: 4 }) }).map((dates) => ({
    by: "dates" as const,
    from: numberOf(monday) + dates.from,
    to: numberOf(monday) + dates.from + dates.days,
    minutes: undefined,
    nights: undefined,
  })),
  fc.integer({ min: -40, max: 60 }).map((hours) => ({
    by: "time" as const,
    startsAt: middle + hours * hourMs,
    endsAt: middle + (hours + 1) * hourMs,
  })),
);

test("what is remembered is what would be found now, as time goes by and calendars change", () => {
  fc.assert(
    fc.property(
      fc.oneof(rulesByHours, rulesByNights),
      fc.boolean(),
      window,
      taken,
      fc.array(happening, { minLength: 1, maxLength: 12 }),
      (plain, isLastMinute, asked, takenFirst, happenings) => {
        const adjustments = isLastMinute ? [byLeadTime] : [];
        const rules = completeRules({ ...plain, price: { ...plain.price, adjustments } });
        const identity = {
          resourceId: newId("res"),
          vendorId: newId("vnd"),
          vendorName: "Desks",
          version: 1,
        };
        const resource = { snapshot: { ...identity, rules }, opening: new OpeningRules(rules) };
        const slots = new FreeSlots();
        let now = middle - 120 * hourMs;
        let calendarVersion = 1;
        let profile = profileOf(takenFirst);
        for (const happened of happenings) {
          const candidate = {
            resource_id: identity.resourceId,
            calendar_id: 7,
            version: 1,
            calendar_version: calendarVersion,
          };
          const wanted = named({ window: asked, quantity: 1, people: 1, now });
          const busy = { mostTaken: (time: TakenTime) => mostTaken(profile, time) };
          const remembered = slots.recall(candidate, wanted) ?? slots.find(candidate, resource, busy, wanted);
          expect(remembered.item).toEqual(new FreeSlots().find(candidate, resource, busy, wanted).item);
          if ("hoursLater" in happened) now += happened.hoursLater * hourMs;
          else [profile, calendarVersion] = [profileOf(happened.newTaken), calendarVersion + 1];
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("what was found for many searches is forgotten, the search asked least recently first", () => {
  const identity = { resourceId: newId("res"), vendorId: newId("vnd"), vendorName: "Desks", version: 1 };
  const resource = { snapshot: { ...identity, rules: deskRules }, opening: new OpeningRules(deskRules) };
  const slots = new FreeSlots();
  const wantedFor = (people: number) =>
    named({
      window: { by: "time", startsAt: middle, endsAt: middle + hourMs },
      quantity: 1,
      people,
      now: middle - hourMs,
    });
  const candidate = { resource_id: identity.resourceId, calendar_id: 7, version: 1, calendar_version: 1 };
  const busy = { mostTaken: () => 0 };
  slots.find(candidate, resource, busy, wantedFor(1));
  for (let people = 2; people <= 500; people++) slots.find(candidate, resource, busy, wantedFor(people));
  expect(slots.recall(candidate, wantedFor(1))).toBeDefined();
  slots.find(candidate, resource, busy, wantedFor(501));
  expect(slots.recall(candidate, wantedFor(1))).toBeDefined();
  expect(slots.recall(candidate, wantedFor(2))).toBeUndefined();
});
