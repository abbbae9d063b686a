/** When a resource can be booked: wall-clock rules in its own zone, by the minute or by the night. */
import { z } from "zod";
import { localDate, wallTime } from "./values.ts";

/** How the objects of a resource's rules treat members they do not know. */
export type ObjectMaker = typeof z.strictObject;

/** What a vendor sends has no member too many; what is published may gain some, and older readers pass over them. */
export const forgiving = z.object as unknown as ObjectMaker;

/**
 * A member with a default that rules got after their first publication: events stored before do not have it, so their
 * schema must not require it. Readers get the default all the same.
 */
export function later<T extends z.ZodType>(object: ObjectMaker, member: T): T {
  return object === forgiving ? (member.optional() as unknown as T) : member;
}

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof weekdays)[number];
export const weekday = z.enum(weekdays);

const dayMinutes = 1440;

/** Minutes from midnight of a wall-clock time; `24:00` is 1440. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** A wall-clock time at which something begins; `24:00` is the next day's 00:00. */
export const timeOfDay = wallTime.refine((time) => time !== "24:00", "must be a time before 24:00");

/** One opening of a day, wall clock, end exclusive. An end before its start is on the next day. */
const openInterval = (object: ObjectMaker) =>
  object({ from: timeOfDay, to: wallTime })
    .refine((interval) => interval.from !== interval.to, {
      message: "must differ from `from`; a whole day is 00:00 to 24:00",
      path: ["to"],
    })
    .meta({ id: "OpenInterval" });
export type OpenInterval = z.infer<ReturnType<typeof openInterval>>;

/** An opening in minutes from its day's midnight; past 1440 it runs into the next day. */
function minutesOfInterval({ from, to }: OpenInterval): { start: number; end: number } {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  return { start, end: end > start ? end : end + dayMinutes };
}

const meet = (one: { start: number; end: number }, other: { start: number; end: number }) =>
  one.start < other.end && other.start < one.end;

const openIntervals = (object: ObjectMaker) =>
  z
    .array(openInterval(object))
    .max(24)
    .refine((day) => {
      const stretches = day.map(minutesOfInterval);
      return stretches.every((one, i) => stretches.every((other, j) => i >= j || !meet(one, other)));
    }, "intervals of a day must not overlap");

/** One of each, for a week and its exceptions: a schema is named once. */
const intervalsOf = { strict: openIntervals(z.strictObject), forgiving: openIntervals(forgiving) };
const intervalsBy = (object: ObjectMaker) => intervalsOf[object === forgiving ? "forgiving" : "strict"];

type Week = Partial<Record<Weekday, OpenInterval[] | undefined>>;

/** A week's openings in minutes from Monday's midnight, in order. */
function stretchesOf(week: Week): { start: number; end: number }[] {
  return weekdays
    .flatMap((day, index) =>
      (week[day] ?? []).map(minutesOfInterval).map(({ start, end }) => ({
        start: start + index * dayMinutes,
        end: end + index * dayMinutes,
      })),
    )
    .toSorted((a, b) => a.start - b.start);
}

const weekMinutes = 7 * dayMinutes;

/** Does an opening that runs past midnight meet one of the next day? Sunday's meets Monday's. */
function overlapsAcrossDays(week: Week): boolean {
  const stretches = stretchesOf(week);
  const around = stretches.map(({ start, end }) => ({ start: start + weekMinutes, end: end + weekMinutes }));
  return [...stretches, ...around].some((one, i, all) => i > 0 && one.start < all[i - 1]!.end);
}

/** The longest time without a closed minute that a week has; a week without any is open for ever. */
function longestOpenMinutes(week: Week): number {
  const stretches = stretchesOf(week);
  const twice = [
    ...stretches,
    ...stretches.map(({ start, end }) => ({ start: start + weekMinutes, end: end + weekMinutes })),
  ];
  let longest = 0;
  let run: { start: number; end: number } | undefined;
  for (const { start, end } of twice) {
    run = run && start === run.end ? { start: run.start, end } : { start, end };
    longest = Math.max(longest, run.end - run.start);
  }
  return longest >= weekMinutes ? Infinity : longest;
}

/** Monday to Sunday; a day left out is closed. */
const weeklyHours = (object: ObjectMaker) =>
  z
    .partialRecord(weekday, intervalsBy(object))
    .refine(
      (week) => Object.values(week).some((day) => (day?.length ?? 0) > 0),
      "must open at least once a week",
    )
    .refine((week) => !overlapsAcrossDays(week), "an opening past midnight must not overlap the next day's")
    .meta({ id: "WeeklyHours" });

/** Dates, both included. */
const dateRangeMembers = { from: localDate, to: localDate };
const endsInOrder = (range: { from: string; to: string }) => range.from <= range.to;
const outOfOrder = { message: "must not be before `from`", path: ["to"] };

/** Other hours on certain dates, instead of the week's; none at all means closed. */
const hoursException = (object: ObjectMaker) =>
  object({ ...dateRangeMembers, open: intervalsBy(object) }).refine(endsInOrder, outOfOrder);

/** Bookable by the minute, inside weekly hours of the resource's zone. */
const hoursAvailability = (object: ObjectMaker) =>
  object({
    by: z.literal("hours"),
    weekly: weeklyHours(object),
    exceptions: later(object, z.array(hoursException(object)).max(1000).default([])).describe(
      "The first exception that holds a date takes the place of its weekday's hours",
    ),
    granularityMinutes: z
      .int()
      .min(5)
      .max(1440)
      .describe("Starts lie on this grid, counted from each opening"),
    minimumMinutes: z.int().min(5).max(10_080),
    maximumMinutes: z.int().min(5).max(10_080),
  })
    .refine((a) => a.minimumMinutes <= a.maximumMinutes, {
      message: "must be at least minimumMinutes",
      path: ["maximumMinutes"],
    })
    .refine((a) => a.minimumMinutes % a.granularityMinutes === 0, {
      message: "must be a multiple of granularityMinutes",
      path: ["minimumMinutes"],
    })
    .refine((a) => a.minimumMinutes <= longestOpenMinutes(a.weekly), {
      message: "is longer than the resource is ever open, so nothing could be booked",
      path: ["minimumMinutes"],
    });

/** Is there a stay that arrives and departs on days which allow it? */
function someStayFits(a: {
  readonly minimumNights: number;
  readonly maximumNights: number;
  readonly noArrivalOn: readonly Weekday[];
  readonly noDepartureOn: readonly Weekday[];
}): boolean {
  return weekdays.some((arrival, index) => {
    if (a.noArrivalOn.includes(arrival)) return false;
    for (let nights = a.minimumNights; nights <= Math.min(a.maximumNights, a.minimumNights + 6); nights++) {
      if (!a.noDepartureOn.includes(weekdays[(index + nights) % 7]!)) return true;
    }
    return false;
  });
}

/** Bookable by the night: from check-in on one date to check-out on a later one. */
const nightsAvailability = (object: ObjectMaker) =>
  object({
    by: z.literal("nights"),
    checkIn: wallTime,
    checkOut: wallTime,
    minimumNights: z.int().min(1).max(365),
    maximumNights: z.int().min(1).max(365),
    noArrivalOn: later(object, z.array(weekday).max(7).default([])),
    noDepartureOn: later(object, z.array(weekday).max(7).default([])),
  })
    .refine((a) => a.minimumNights <= a.maximumNights, {
      message: "must be at least minimumNights",
      path: ["maximumNights"],
    })
    .refine((a) => a.checkOut <= a.checkIn, {
      message: "must not be later than checkIn",
      path: ["checkOut"],
    })
    // What was published before this was refused is still read.
    .refine((a) => object === forgiving || a.checkIn !== "24:00" || a.checkOut !== "00:00", {
      message: "is the same midnight as checkIn, so a night would have no length",
      path: ["checkOut"],
    })
    .refine(someStayFits, {
      message: "leaves no day on which a stay of an allowed length could begin and end",
      path: ["noArrivalOn"],
    });

export const availability = (object: ObjectMaker) =>
  z.discriminatedUnion("by", [hoursAvailability(object), nightsAvailability(object)]);

/** Dates on which the resource is closed: no hours, no nights. */
export const closure = (object: ObjectMaker) =>
  object({ ...dateRangeMembers, reason: z.string().trim().max(200).default("") }).refine(
    endsInOrder,
    outOfOrder,
  );

/** Closed on the public holidays of a country, or of a region of it. */
export const holidayCalendar = (object: ObjectMaker) =>
  object({
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be an ISO 3166 code such as PT")
      .describe("ISO 3166-1: `PT`"),
    region: z
      .string()
      .regex(/^[A-Z0-9]{1,4}$/, "must be the part of an ISO 3166-2 code after the country, such as BY")
      .optional()
      .describe("The part of an ISO 3166-2 code after the country: `BY` of `DE-BY`"),
    openOn: z.array(localDate).max(100).default([]).describe("Holidays on which it is open all the same"),
  });
