/** What booking says of the money of its bookings, for the service that moves it. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { bookingFacts } from "../events/booking.ts";
import { amountMinor } from "../values.ts";
import { bookingStatuses } from "./booking.ts";

export const bookingMoney = z.object({
  /** As its events say them. */
  facts: bookingFacts,
  status: z.enum(bookingStatuses),
  /** What is to be kept of what was taken, without a balance that is still to be paid. */
  keepMinor: amountMinor,
  /** What it waits for; `stay` and `done`: for nothing of payment's. */
  step: z.enum(["pay", "approve", "capture", "change", "give-back", "stay", "done"]),
  /** Of the latest thing that happened to it; its events carry it. */
  version: z.int().min(1),
});
export type BookingMoney = z.infer<typeof bookingMoney>;

export const getBookingMoney = defineEndpoint({
  name: "getBookingMoney",
  service: "booking",
  method: "post",
  path: "/internal/booking-money",
  summary: "What is to be kept of bookings, and what they wait for",
  access: "service",
  body: z.strictObject({ bookingIds: z.array(bookingFacts.shape.bookingId).min(1).max(200) }),
  idempotencyKey: { none: "A question: nothing is changed." },
  answers: {
    status: 200,
    description: "Those that exist",
    body: z.object({ bookings: z.array(bookingMoney) }),
  },
});
