/** A resource as it is published: everything that deciding, pricing and cancelling a booking needs. */
import { z } from "zod";
import {
  availability,
  closure,
  forgiving,
  holidayCalendar,
  later,
  type ObjectMaker,
} from "./availability-rules.ts";
import { policyMembers } from "./booking-policies.ts";
import { id } from "./ids.ts";
import { priceRule } from "./price-rules.ts";
import { localDate, zone } from "./values.ts";

const minutes = z.int().min(0).max(527_040);

const location = (object: ObjectMaker) =>
  object({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    address: z.string().trim().max(400).default(""),
  });

const attributes = z
  .record(
    z.string().regex(/^[a-z][a-zA-Z0-9_-]{0,39}$/, "must begin with a small letter, 40 characters at most"),
    z.union([z.string().max(200), z.number(), z.boolean()]),
  )
  .refine((given) => Object.keys(given).length <= 50, "must have 50 members at most")
  .meta({
    description: "Free description that can be searched by",
    examples: [{ floor: 3, view: "sea", wheelchair: true }],
  });

const rules = (object: ObjectMaker) =>
  object({
    title: z.string().trim().min(1).max(200),
    kind: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .describe('A free classification: "room", "chair", "desk". Nothing in booking reads it'),
    description: z.string().trim().max(4000).default(""),
    attributes: later(object, attributes.default({})),
    location: later(object, location(object).nullable().default(null)),
    zone,
    capacity: z.int().min(1).max(1000).describe("Interchangeable units: ten identical rooms, one chair"),
    peoplePerUnit: later(object, z.int().min(1).max(10_000).nullable().default(null)).describe(
      "How many people one unit takes; null where nobody counts",
    ),
    availability: availability(object),
    price: priceRule(object),
    ...policyMembers(object),
    noticeMinutes: minutes.default(0).describe("Minutes between booking and start, at least"),
    windowDays: z.int().min(1).max(1100).default(365).describe("Days ahead that can be booked, at most"),
    bufferBeforeMinutes: z
      .int()
      .min(0)
      .max(1440)
      .default(0)
      .describe("Minutes kept free before each booking"),
    bufferAfterMinutes: z.int().min(0).max(1440).default(0).describe("Minutes kept free after each booking"),
    closedOn: z
      .array(localDate)
      .max(1000)
      .default([])
      .describe("Dates on which it is closed: no hours, no nights"),
    closures: later(object, z.array(closure(object)).max(1000).default([])),
    holidays: later(object, holidayCalendar(object).nullable().default(null)),
  })
    .refine((r) => r.price.per === "booking" || `${r.price.per}s` === r.availability.by, {
      message: "must fit the availability: hour goes with hours, night with nights",
      path: ["price", "per"],
    })
    .refine((r) => r.noticeMinutes <= r.windowDays * 1440, {
      message: "is more than can be booked ahead, so nothing could be booked",
      path: ["noticeMinutes"],
    });

/** What a vendor sets. */
export const resourceRules = rules(z.strictObject).meta({ id: "ResourceRules" });
export type ResourceRules = z.infer<typeof resourceRules>;
/** The rules as they may be sent: what has a default may be left out. */
export type ResourceRulesInput = z.input<typeof resourceRules>;

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
