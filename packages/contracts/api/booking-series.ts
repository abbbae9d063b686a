/** Recurring bookings: one request, many bookings, each with a life and a payment of its own. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { endsAfterStart, localDate, utcInstant } from "../values.ts";
import { askedParts, bookingView, takingProblems } from "./booking.ts";
import { paymentMethod } from "./paying.ts";

/** Occurrences of one series at most. */
export const occurrencesMax = 100;

/** Why an occurrence cannot be booked: the problem a booking of it alone would be refused with. */
export const occurrenceProblem = z
  .object({
    code: z.string(),
    status: z.int(),
    title: z.string(),
    detail: z.string().optional(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string(), code: z.string().optional() }))
      .optional(),
  })
  .meta({ id: "OccurrenceProblem" });
export type OccurrenceProblem = z.infer<typeof occurrenceProblem>;

/** A series: each occurrence with its booking, or with why there is none. */
export const seriesView = z
  .object({
    seriesId: id("ser"),
    occurrences: z.array(
      z.object({
        startsAt: utcInstant,
        endsAt: utcInstant,
        booking: bookingView.nullable(),
        problem: occurrenceProblem.nullable(),
      }),
    ),
  })
  .meta({ id: "BookingSeries" });
export type SeriesView = z.infer<typeof seriesView>;

/** A booking's members, and how it recurs. */
export const seriesRequest = z
  .strictObject({
    ...askedParts,
    paymentMethod,
    rrule: z
      .string()
      .trim()
      .min(1)
      .max(300)
      .meta({
        description: "An RFC 5545 recurrence rule with COUNT or UNTIL; it counts from `startsAt`",
        examples: ["FREQ=WEEKLY;COUNT=10"],
      }),
    exclude: z
      .array(localDate)
      .max(occurrencesMax)
      .default([])
      .describe("Dates in the resource's zone on which there is no occurrence"),
    onConflict: z
      .enum(["refuse", "skip"])
      .default("refuse")
      .describe("`refuse`: all occurrences or none. `skip`: those that can be booked"),
  })
  .refine(...endsAfterStart)
  .meta({ id: "BookingSeriesRequest" });
export type SeriesRequest = z.infer<typeof seriesRequest>;

export const createBookingSeries = defineEndpoint({
  name: "createBookingSeries",
  service: "booking",
  method: "post",
  path: "/v1/booking-series",
  summary: "Book the same again and again",
  description:
    "Occurrences keep their wall-clock time in the resource's zone, also when clocks change. Every one of them is checked and becomes a booking of its own. Under a key that was used before, the answer is the first one's, as it was then.",
  access: "booking:create:own",
  limit: "costly",
  idempotencyKey: "required",
  body: seriesRequest,
  answers: { status: 201, description: "The occurrences with their bookings", body: seriesView },
  problems: [
    "booking/payment-method-not-allowed",
    ...takingProblems,
    "booking/too-many-holds",
    "booking/rrule-not-usable",
    "booking/series-conflict",
  ],
});

const seriesParams = z.object({ seriesId: id("ser") });

export const getBookingSeries = defineEndpoint({
  name: "getBookingSeries",
  service: "booking",
  method: "get",
  path: "/v1/booking-series/{seriesId}",
  summary: "One of the caller's series, with its bookings as they stand",
  access: "booking:read:own",
  params: seriesParams,
  answers: { status: 200, description: "The series", body: seriesView },
  problems: ["booking/series-not-found"],
});

export const cancelBookingSeries = defineEndpoint({
  name: "cancelBookingSeries",
  service: "booking",
  method: "post",
  path: "/v1/booking-series/{seriesId}/cancel",
  summary: "Cancel every booking of a series that is still ahead",
  description:
    "Each refund follows the rule its booking was made under. What has begun or is over stays as it is.",
  access: "booking:cancel:own",
  params: seriesParams,
  answers: { status: 200, description: "The series as it then stands", body: seriesView },
  problems: ["booking/series-not-found"],
});
