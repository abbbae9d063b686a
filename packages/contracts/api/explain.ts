/** Booking's endpoint that says why a time cannot be booked. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { endsAfterStart, instant } from "../values.ts";

/** One thing that stands in the way of a booking. */
export const blockingReason = z
  .object({
    code: z
      .string()
      .describe("The rule, as `booking/time-not-bookable` names it; `taken`; or what else refuses a booking"),
    message: z.string(),
    detail: z
      .record(z.string(), z.unknown())
      .describe(
        "What the rule says and what would keep to it; for `taken` from when to when, how many units, and by what",
      ),
  })
  .meta({ id: "BlockingReason" });
export type BlockingReason = z.infer<typeof blockingReason>;

/** What takes time from a calendar. Never who. */
export const takers = ["booking", "hold", "block", "feed"] as const;
export type Taker = (typeof takers)[number];

export const explainTime = defineEndpoint({
  name: "explainTime",
  service: "booking",
  method: "get",
  path: "/v1/resources/{resourceId}/explain",
  summary: "Can this time be booked now, and if not, what stands in its way",
  description:
    "All reasons at once: every rule with what it says (the hours of the dates, a closure or holiday by its name, the nearest starts and lengths, when notice ends), and whatever takes the time, merged by stretch and kind: `booking`, `hold`, `block` or `feed`. `bookable` is true exactly when a booking of it would be taken at this moment.",
  access: "public",
  params: z.object({ resourceId: id("res") }),
  query: z
    .strictObject({
      startsAt: instant,
      endsAt: instant,
      quantity: z.coerce.number().int().min(1).max(1000).default(1),
      people: z.coerce.number().int().min(1).max(10_000).default(1),
    })
    .refine(...endsAfterStart),
  answers: {
    status: 200,
    description: "Whether it can be booked, and why not",
    body: z.object({
      bookable: z.boolean(),
      free: z.int().min(0).describe("Units free at every moment of the time, buffers included"),
      capacity: z.int().min(1),
      reasons: z.array(blockingReason),
    }),
  },
  problems: ["booking/resource-not-bookable"],
});
