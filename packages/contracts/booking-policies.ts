/** The terms a booking is taken under; they are copied onto it, so a vendor's later change does not reach it. */
import { z } from "zod";
import { later, type ObjectMaker } from "./availability-rules.ts";
import { money, utcInstant } from "./values.ts";

const percent = z.int().min(0).max(100);
const hoursBeforeStart = z.int().min(0).max(8784);

const tier = (object: ObjectMaker) => object({ untilHours: hoursBeforeStart, refundPercent: percent });

const cancellation = (object: ObjectMaker) =>
  object({
    fullRefundUntilHours: hoursBeforeStart.describe(
      "Everything goes back until so many hours before the start",
    ),
    tiers: later(object, z.array(tier(object)).max(10).default([])).describe(
      "Then these shares, each until so many hours before the start, earliest first",
    ),
    refundPercentAfter: percent.describe("Then this share, until the start; after it nothing"),
  }).superRefine((rule, context) => {
    let before = { untilHours: rule.fullRefundUntilHours, refundPercent: 100 };
    for (const [index, one] of rule.tiers.entries()) {
      if (one.untilHours >= before.untilHours) {
        const message = "must be fewer hours than the tier before it has: tiers must not overlap";
        context.addIssue({ code: "custom", path: ["tiers", index, "untilHours"], message });
      }
      if (one.refundPercent > before.refundPercent) {
        const message = "must not be more than the tier before it gives back";
        context.addIssue({ code: "custom", path: ["tiers", index, "refundPercent"], message });
      }
      before = one;
    }
    if (rule.tiers.length > 0 && rule.refundPercentAfter > before.refundPercent) {
      const message = "must not be more than the last tier gives back";
      context.addIssue({ code: "custom", path: ["refundPercentAfter"], message });
    }
  });

/** What a cancellation gives back, by the time left before the start. */
export const cancellationRule = cancellation(z.strictObject).meta({ id: "CancellationRule" });
export type CancellationRule = z.infer<typeof cancellationRule>;

const captureTimes = ["on-confirmation", "immediate"] as const;

/** Members of a resource's rules that are terms of its bookings. */
export const policyMembers = (object: ObjectMaker) => ({
  cancellation: cancellation(object),
  noShow: later(
    object,
    object({
      afterMinutes: z.int().min(0).max(1440).default(15),
      refundPercent: percent.default(0),
    }).default({ afterMinutes: 15, refundPercent: 0 }),
  ).describe("A guest who does not come: from when that may be said, and what they get back"),
  depositPercent: later(object, z.int().min(1).max(100).default(100)).describe(
    "Percent of the total that is due with the booking, rounded half up; the rest is the balance",
  ),
  payment: later(
    object,
    object({
      onArrival: z
        .boolean()
        .default(false)
        .describe("Guests may choose to pay on arrival, with nothing taken before"),
      capture: later(object, z.enum(captureTimes).default("on-confirmation")).describe(
        "When a card is charged: once the booking is confirmed, or as soon as the guest has paid; what does not come to be is given back",
      ),
    }).default({ onArrival: false, capture: "on-confirmation" }),
  ).describe("How guests may pay"),
  balance: later(
    object,
    object({
      dueHoursBefore: z
        .int()
        .min(1)
        .max(8784)
        .default(336)
        .describe("It is due so many hours before the start"),
      graceHours: z
        .int()
        .min(1)
        .max(720)
        .default(72)
        .describe("So long it may be paid late, but never past the start; then the booking is cancelled"),
    }).default({ dueHoursBefore: 336, graceHours: 72 }),
  ).describe("When the rest is taken; of a booking made later than that everything is due at once"),
  approval: later(
    object,
    object({ withinMinutes: z.int().min(5).max(7200) })
      .nullable()
      .default(null),
  ).describe(
    "The vendor says yes or no to each booking, within so many minutes of its payment; null where bookings need no approval",
  ),
  holdMinutes: z.int().min(1).max(1440).default(10).describe("Minutes that a hold waits for its payment"),
  waitlistHoldMinutes: later(object, z.int().min(0).max(1440).default(60)).describe(
    "Minutes that what became free is held for whoever is next on the waiting list; 0 where there is no list",
  ),
});

/** The terms as a booking keeps them, beside its cancellation rule. */
export const bookingPolicies = z
  .object({
    noShow: z.object({ afterMinutes: z.int(), refundPercent: z.int() }),
    depositPercent: z.int(),
    payment: z
      .object({ onArrival: z.boolean(), capture: z.enum(captureTimes) })
      .optional()
      .describe("Absent is all as by default"),
    balance: z
      .object({ dueHoursBefore: z.int(), graceHours: z.int() })
      .optional()
      .describe("Absent on bookings from before there was a balance: of these everything was due at once"),
    approval: z.object({ withinMinutes: z.int() }).nullable(),
  })
  .meta({ id: "BookingPolicies" });
export type BookingPolicies = z.infer<typeof bookingPolicies>;

/** What of a booking's total is still to be paid, and when: by a charge of its own. */
export const openBalance = z
  .object({
    charge: z.int().min(2).describe("Number of its charge in the booking's payment"),
    amount: money,
    dueAt: utcInstant.describe("Then it is taken by the method that the booking was paid with"),
    givesUpAt: utcInstant.describe("If it is not paid by then, the booking is cancelled by its terms"),
  })
  .meta({ id: "OpenBalance" });
export type OpenBalance = z.infer<typeof openBalance>;
