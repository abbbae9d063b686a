/** A resource as it is published: everything that deciding, pricing and cancelling a booking needs. */
import { z } from "zod";
import { id } from "./ids.ts";
import { amountMinor, currency, localDate, wallTime, zone } from "./values.ts";

/** One opening interval of a day, wall clock, end exclusive. */
const openInterval = z
  .object({ from: wallTime, to: wallTime })
  .refine((interval) => interval.from < interval.to, { message: "must end after it starts", path: ["to"] })
  .meta({ id: "OpenInterval" });

const openIntervals = z
  .array(openInterval)
  .max(24)
  .refine(
    (day) =>
      day.every((one, i) => day.every((other, j) => i >= j || one.to <= other.from || other.to <= one.from)),
    "intervals of a day must not overlap",
  );

/** Monday to Sunday; a day left out is closed. */
const weeklyHours = z
  .partialRecord(z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), openIntervals)
  .refine(
    (week) => Object.values(week).some((day) => (day?.length ?? 0) > 0),
    "must open at least once a week",
  )
  .meta({ id: "WeeklyHours" });

const minutes = z.int().min(0).max(527_040);

/** How the objects below treat members they do not know. */
type ObjectMaker = typeof z.strictObject;

/** What a vendor sends has no member too many; what is published may gain some, and older readers pass over them. */
const forgiving = z.object as unknown as ObjectMaker;

/** Bookable by the minute, inside weekly hours of the resource's zone. */
const hoursAvailability = (object: ObjectMaker) =>
  object({
    by: z.literal("hours"),
    weekly: weeklyHours,
    /** Starts lie on this grid, counted from each opening. */
    granularityMinutes: z.int().min(5).max(1440),
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
    });

/** Bookable by the night: from check-in on one date to check-out on a later one. */
const nightsAvailability = (object: ObjectMaker) =>
  object({
    by: z.literal("nights"),
    checkIn: wallTime,
    checkOut: wallTime,
    minimumNights: z.int().min(1).max(365),
    maximumNights: z.int().min(1).max(365),
  })
    .refine((a) => a.minimumNights <= a.maximumNights, {
      message: "must be at least minimumNights",
      path: ["maximumNights"],
    })
    .refine((a) => a.checkOut <= a.checkIn, {
      message: "must not be later than checkIn",
      path: ["checkOut"],
    });

/** A base price and what it is per. */
const priceRule = (object: ObjectMaker) =>
  object({ per: z.enum(["hour", "night", "booking"]), amountMinor, currency });
export type PriceRule = z.infer<ReturnType<typeof priceRule>>;

const cancellationMembers = {
  fullRefundUntilHours: z.int().min(0).max(8784),
  refundPercentAfter: z.int().min(0).max(100),
};

/** In full until so many hours before the start, then a percentage. */
export const cancellationRule = z.strictObject(cancellationMembers).meta({ id: "CancellationRule" });
export type CancellationRule = z.infer<typeof cancellationRule>;

const rules = (object: ObjectMaker) =>
  object({
    title: z.string().trim().min(1).max(200),
    /** A free classification: "room", "chair", "desk". Nothing in booking reads it. */
    kind: z.string().trim().min(1).max(60),
    description: z.string().trim().max(4000).default(""),
    zone,
    /** Interchangeable units: ten identical rooms, one chair. */
    capacity: z.int().min(1).max(1000),
    availability: z.discriminatedUnion("by", [hoursAvailability(object), nightsAvailability(object)]),
    price: priceRule(object),
    cancellation: object(cancellationMembers),
    /** How long a hold waits for its payment. */
    holdMinutes: z.int().min(1).max(1440).default(10),
    /** Shortest time between booking and start. */
    noticeMinutes: minutes.default(0),
    /** How far ahead can be booked. */
    windowDays: z.int().min(1).max(1100).default(365),
    bufferBeforeMinutes: z.int().min(0).max(1440).default(0),
    bufferAfterMinutes: z.int().min(0).max(1440).default(0),
    /** Dates on which nothing can start. */
    closedOn: z.array(localDate).max(1000).default([]),
  }).refine((r) => r.price.per === "booking" || `${r.price.per}s` === r.availability.by, {
    message: "must fit the availability: hour goes with hours, night with nights",
    path: ["price", "per"],
  });

/** What a vendor sets. */
export const resourceRules = rules(z.strictObject).meta({ id: "ResourceRules" });
export type ResourceRules = z.infer<typeof resourceRules>;

/** The published snapshot: the rules with who owns them and which version they are. */
export const resourceSnapshot = z
  .object({
    resourceId: id("res"),
    vendorId: id("vnd"),
    vendorName: z.string(),
    version: z.int().min(1),
    rules: rules(forgiving),
  })
  .meta({ id: "ResourceSnapshot" });
export type ResourceSnapshot = z.infer<typeof resourceSnapshot>;
