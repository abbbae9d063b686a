/** Random rules, around random clock changes, and random things done to a calendar, for a property test. */
import { weekdays, type OpenInterval } from "@holdfast/contracts/availability-rules";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { deskRules } from "@holdfast/testkit/resource-rules";
import fc from "fast-check";
import { WallClock } from "./naive-calendar.fixture.ts";

/** An ordinary day, and clocks that change in the small hours after the base date: by an hour, or by half of one. */
const plainClocks = [
  new WallClock("Asia/Kathmandu", "2027-05-10"),
  new WallClock("America/New_York", "2027-03-13"),
  new WallClock("America/New_York", "2027-11-06"),
  new WallClock("Australia/Lord_Howe", "2027-10-02"),
];

/** Gaps before the midnight after the base date, after it, across it, and of the whole date after it. */
const midnightGaps = [
  new WallClock("America/Nuuk", "2027-03-27"),
  new WallClock("Africa/Cairo", "2027-04-29"),
  new WallClock("Asia/Beirut", "2027-03-27"),
  new WallClock("America/Havana", "2027-03-13"),
  new WallClock("America/Santiago", "2027-09-04"),
  new WallClock("Atlantic/Azores", "2027-03-27"),
  new WallClock("America/Asuncion", "2024-10-05"),
  new WallClock("America/Toronto", "1919-03-30"),
  new WallClock("Pacific/Apia", "2011-12-29"),
];

/** The hour before that midnight, or the one after it, is shown twice. */
const midnightOverlaps = [
  new WallClock("America/Nuuk", "2027-10-30"),
  new WallClock("Africa/Cairo", "2027-10-28"),
  new WallClock("Asia/Beirut", "2027-10-30"),
  new WallClock("America/Havana", "2027-11-06"),
  new WallClock("America/Santiago", "2027-04-03"),
  new WallClock("Atlantic/Azores", "2027-10-30"),
  new WallClock("America/Asuncion", "2024-03-23"),
];

const anyClock = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...plainClocks) },
  { weight: 3, arbitrary: fc.constantFrom(...midnightGaps) },
  { weight: 2, arbitrary: fc.constantFrom(...midnightOverlaps) },
);

/** Of a day; often near midnight, where the clocks of most zones here change. */
const quarterHours = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 95 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 90, 91, 92, 93, 94, 95) },
);
const wall = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** Where the wall clock says an opening ends; past its start it is on the next date. */
const interval = fc
  .tuple(
    quarterHours,
    quarterHours.map((end) => end + 1),
  )
  .filter(([from, to]) => from !== to)
  .map(([from, to]): OpenInterval => ({ from: wall(from * 15), to: wall(to * 15) }));

/** One opening, or two that do not meet on the date itself; those of neighbouring dates may meet. */
const dayHours = fc.oneof(
  { weight: 4, arbitrary: interval.map((one) => [one]) },
  {
    weight: 2,
    arbitrary: fc
      .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 4, maxLength: 4 })
      .map((points) => points.toSorted((a, b) => a - b).map((point) => wall(point * 15)))
      .map(([a, b, c, d]) => [
        { from: a!, to: b! },
        { from: c!, to: d! },
      ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant<OpenInterval[]>([
      { from: "00:00", to: "12:00" },
      { from: "12:00", to: "24:00" },
    ]),
  },
  { weight: 1, arbitrary: fc.constant<OpenInterval[]>([]) },
);

const someDates = (clock: WallClock) =>
  fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: 0, max: 1 })).map(([from, days]) => ({
    from: clock.dateOf(from).toString(),
    to: clock.dateOf(from + days).toString(),
  }));

const hours = (clock: WallClock) =>
  fc
    .record({
      weekly: fc.tuple(...weekdays.map(() => dayHours)),
      exceptions: fc.array(fc.tuple(someDates(clock), dayHours), { maxLength: 2 }),
      granularityMinutes: fc.constantFrom(5, 15, 20, 30, 45, 60),
      minimumSteps: fc.integer({ min: 1, max: 3 }),
      moreMinutes: fc.integer({ min: 0, max: 400 }),
    })
    .map((of): ResourceRules["availability"] => ({
      by: "hours",
      weekly: Object.fromEntries(weekdays.map((day, index) => [day, of.weekly[index]!])),
      exceptions: of.exceptions.map(([dates, open]) => ({ ...dates, open })),
      granularityMinutes: of.granularityMinutes,
      minimumMinutes: of.minimumSteps * of.granularityMinutes,
      maximumMinutes: of.minimumSteps * of.granularityMinutes + of.moreMinutes,
    }));

const nights = fc
  .record({
    checks: fc.constantFrom(
      ["15:00", "11:00"],
      ["14:00", "12:00"],
      ["02:30", "02:30"],
      ["23:30", "00:30"],
      ["23:30", "00:00"],
      ["23:00", "23:00"],
      ["00:00", "00:00"],
      ["12:00", "00:00"],
      ["24:00", "11:00"],
      ["24:00", "24:00"],
    ),
    minimumNights: fc.integer({ min: 1, max: 2 }),
    moreNights: fc.integer({ min: 0, max: 2 }),
    noArrivalOn: fc.subarray([...weekdays], { maxLength: 2 }),
    noDepartureOn: fc.subarray([...weekdays], { maxLength: 2 }),
  })
  .map(({ checks: [checkIn, checkOut], minimumNights, moreNights, ...days }) => {
    const maximumNights = minimumNights + moreNights;
    return {
      by: "nights" as const,
      checkIn: checkIn!,
      checkOut: checkOut!,
      minimumNights,
      maximumNights,
      ...days,
    };
  });

const rulesIn = (clock: WallClock) =>
  fc
    .record({
      availability: fc.oneof({ weight: 2, arbitrary: hours(clock) }, { weight: 1, arbitrary: nights }),
      capacity: fc.integer({ min: 1, max: 4 }),
      noticeMinutes: fc.constantFrom(0, 60, 345),
      windowDays: fc.integer({ min: 1, max: 4 }),
      bufferBeforeMinutes: fc.constantFrom(0, 0, 10, 35),
      bufferAfterMinutes: fc.constantFrom(0, 0, 15, 60),
      closedOn: fc.array(
        someDates(clock).map(({ from }) => from),
        { maxLength: 1 },
      ),
      closures: fc.array(someDates(clock), { maxLength: 1 }),
    })
    .map((of): ResourceRules => {
      const per = of.availability.by === "nights" ? "night" : "hour";
      const closures = of.closures.map((dates) => ({ ...dates, reason: "" }));
      return { ...deskRules, ...of, closures, zone: clock.zone, price: { ...deskRules.price, per } };
    });

/** Numbers that pick something out of what there then is. */
const pick = fc.nat(100_000);
const quantity = fc.integer({ min: 1, max: 2 });

/** What is done to the calendar. `at` picks a time, of those listed or of all; `which` one of what was taken. */
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("take-listed" as const), at: pick, quantity }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("take-any" as const), at: pick, quantity }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), which: pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("move" as const), which: pick, at: pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("block" as const), at: pick, quantity }) },
);
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** A resource's rules, the minute at which all of it happens, and what happens. */
export const story = anyClock.chain((clock) =>
  fc.record({
    clock: fc.constant(clock),
    rules: rulesIn(clock),
    /** From the base date's midnight. */
    now: fc.integer({ min: -1440, max: 600 }),
    /** In steps beyond the shortest. */
    length: fc.integer({ min: 0, max: 4 }),
    listed: quantity,
    operations: fc.array(operation, { maxLength: 8 }),
  }),
);
export type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** Guests of the base date's night check in when they check out, its hour being skipped, while everything is blocked. */
export const swallowedNight: Story = {
  clock: midnightGaps[0]!,
  rules: {
    ...deskRules,
    zone: "America/Nuuk",
    availability: {
      by: "nights",
      checkIn: "23:30",
      checkOut: "00:30",
      minimumNights: 1,
      maximumNights: 1,
      noArrivalOn: [],
      noDepartureOn: [],
    },
    price: { ...deskRules.price, per: "night" },
    windowDays: 1,
  },
  now: 0,
  length: 0,
  listed: 1,
  operations: [{ kind: "block", at: 31, quantity: 1 }],
};
