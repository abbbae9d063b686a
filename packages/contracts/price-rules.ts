/** What a resource costs: a base, ordered adjustments, extras, fees and taxes. All in integer minor units. */
import { z } from "zod";
import { forgiving, later, timeOfDay, weekday, type ObjectMaker } from "./availability-rules.ts";
import { id } from "./ids.ts";
import { amountMinor, currency, localDate, wallTime } from "./values.ts";

/** Hundredths of a percent: 2000 is 20 %. */
const basisPoints = z.int().meta({ description: "Hundredths of a percent: 2000 is 20 %" });
const signedMinor = z
  .int()
  .meta({ description: "Integer amount in minor units, negative to take off", examples: [-500] });

const bounds = (object: ObjectMaker, most: number) =>
  object({
    atLeast: z.int().min(0).max(most).optional(),
    atMost: z.int().min(0).max(most).optional(),
  }).refine((b) => (b.atLeast ?? 0) <= (b.atMost ?? most), {
    message: "must be at least `atLeast`",
    path: ["atMost"],
  });

/** Most days each month can have. */
const daysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** A day of every year; 02-29 is one in leap years alone. */
const monthDay = z
  .string()
  .regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "must be a month and a day such as 06-15")
  .refine((text) => Number(text.slice(3)) <= daysOf[Number(text.slice(0, 2)) - 1]!, "is no day of any year");

/** All conditions that are given must hold. The first four are looked at for each night or stretch of time by itself. */
const condition = (object: ObjectMaker) =>
  object({
    dates: object({ from: localDate, to: localDate })
      .refine((d) => d.from <= d.to, { message: "must not be before `from`", path: ["to"] })
      .optional()
      .describe("Dates, both included"),
    season: object({ from: monthDay, to: monthDay })
      .optional()
      .describe("Every year, both included; may run over the turn of the year"),
    weekdays: z.array(weekday).min(1).max(7).optional(),
    hours: object({ from: timeOfDay, to: wallTime })
      .refine((h) => h.from !== h.to, { message: "must differ from `from`", path: ["to"] })
      .optional()
      .describe(
        "Wall clock, end exclusive; an end before the start is on the next day. For what is booked by the minute",
      ),
    length: bounds(object, 527_040).optional().describe("Nights, or minutes"),
    leadHours: bounds(object, 26_400).optional().describe("Hours between booking and start"),
    quantity: bounds(object, 1000).optional(),
    people: bounds(object, 10_000).optional(),
    occupancyPercent: bounds(object, 100)
      .optional()
      .describe("How much of the capacity others have taken at the fullest moment, in percent"),
  }).refine((when) => Object.values(when).some((given) => given !== undefined), "must name a condition");

const adjustment = (object: ObjectMaker) =>
  object({
    label: z.string().trim().min(1).max(100),
    when: condition(object),
    change: z
      .union([
        object({ basisPoints: basisPoints.min(-10_000).max(100_000) }),
        object({ amountMinor: signedMinor }),
        object({ setMinor: amountMinor }),
      ])
      .describe(
        "Applied in the order of the list to the price of one hour, night or booking; never below zero",
      ),
  });

/** What an amount is multiplied by: nothing, the units, the people, or the length, each for all of them. */
const perWhat = z.enum(["booking", "unit", "person", "hour", "night"]);

const extra = (object: ObjectMaker) =>
  object({
    code: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be small letters, digits and hyphens"),
    label: z.string().trim().min(1).max(100),
    per: perWhat,
    amountMinor,
    maximum: z.int().min(1).max(1000).default(1).describe("How many a booking may have"),
  });

/** Charged on every booking: an amount, or a share of the base. */
const fee = (object: ObjectMaker) =>
  z.union([
    object({ label: z.string().trim().min(1).max(100), per: perWhat, amountMinor }),
    object({ label: z.string().trim().min(1).max(100), basisPoints: basisPoints.min(1).max(100_000) }),
  ]);

/** A share of everything before taxes. Included: part of the prices already, and shown. */
const tax = (object: ObjectMaker) =>
  object({
    label: z.string().trim().min(1).max(100),
    basisPoints: basisPoints.min(1).max(100_000),
    included: z.boolean().default(false),
  });

/** No two of a list have the same name: the second one is what is complained about. */
const distinct =
  <T>(nameOf: (one: T) => string, member: string) =>
  (list: readonly T[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, one] of list.entries()) {
      if (seen.has(nameOf(one)))
        context.addIssue({ code: "custom", path: [index, member], message: "is there already" });
      seen.add(nameOf(one));
    }
  };

/** A base price, what it is per, and everything that changes or adds to it. */
export const priceRule = (object: ObjectMaker) =>
  object({
    per: z.enum(["hour", "night", "booking"]),
    perPerson: later(object, z.boolean().default(false)).describe(
      "For each person instead of for each unit that is booked",
    ),
    amountMinor,
    currency,
    adjustments: later(object, z.array(adjustment(object)).max(100).default([])),
    extras: later(
      object,
      z
        .array(extra(object))
        .max(50)
        .superRefine(distinct((one) => one.code, "code"))
        .default([]),
    ),
    fees: later(object, z.array(fee(object)).max(20).default([])),
    taxes: later(
      object,
      z
        .array(tax(object))
        .max(10)
        .superRefine(distinct((one) => one.label, "label"))
        .default([]),
    ),
  });
export type PriceRule = z.infer<ReturnType<typeof priceRule>>;
export type PriceAdjustment = PriceRule["adjustments"][number];
export type PriceCondition = PriceAdjustment["when"];
export type PerWhat = z.infer<typeof perWhat>;

/** A share of the base and extras, or an amount of it at most. */
export const promotionDiscount = (object: ObjectMaker) =>
  z.union([object({ basisPoints: basisPoints.min(1).max(10_000) }), object({ amountMinor, currency })]);

/** What a promotion code takes off. */
export const promotionTerms = z
  .object({
    promotionId: id("prm"),
    code: z.string(),
    label: z.string(),
    discount: promotionDiscount(forgiving),
  })
  .meta({ id: "PromotionTerms" });
export type PromotionTerms = z.infer<typeof promotionTerms>;
