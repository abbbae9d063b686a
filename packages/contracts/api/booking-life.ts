/** A booking's life after it is taken: cancelling and moving it, what the vendor does with it, lists and its history. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { endsAfterStart, amountMinor, instant, money, utcInstant } from "../values.ts";
import { bookingFilters, bookingParams, bookingStatuses, bookingView, takingProblems } from "./booking.ts";
import { page, pageQuery } from "./paging.ts";
import { paymentMethod } from "./paying.ts";

export const cancelBooking = defineEndpoint({
  name: "cancelBooking",
  service: "booking",
  method: "post",
  path: "/v1/bookings/{bookingId}/cancel",
  summary: "Cancel a booking; the refund follows the rule it was booked under",
  access: "booking:cancel:own",
  params: bookingParams,
  body: z
    .strictObject({ expectedRefundMinor: amountMinor.optional() })
    .optional()
    .describe("Terms the cancellation insists on"),
  answers: { status: 200, description: "The cancelled booking, with its refund", body: bookingView },
  problems: ["booking/not-found", "booking/not-cancellable", "booking/refund-changed"],
});

/** One thing that happened to a booking. */
export const timelineEntry = z
  .object({
    version: z.int().min(1),
    at: utcInstant,
    what: z.string().describe("`held`, `confirmed`, `rescheduled`, `cancelled`, …"),
    by: z.string().describe("`usr_…`, `payment`, or `clock`"),
    detail: z.record(z.string(), z.unknown()).describe("What is to be said of it, such as a reason"),
  })
  .meta({ id: "TimelineEntry" });
export type TimelineEntry = z.infer<typeof timelineEntry>;

export const getTimeline = defineEndpoint({
  name: "getTimeline",
  service: "booking",
  method: "get",
  path: "/v1/bookings/{bookingId}/timeline",
  summary: "Everything that happened to a booking, oldest first",
  access: "booking:read:own",
  params: bookingParams,
  answers: { status: 200, description: "The timeline", body: z.object({ entries: z.array(timelineEntry) }) },
  problems: ["booking/not-found"],
});

/** A saga that waits for a person. */
export const parkedSaga = z
  .object({
    bookingId: id("bkg"),
    status: z.enum(bookingStatuses),
    step: z.string(),
    since: utcInstant,
    reason: z.string(),
  })
  .meta({ id: "ParkedSaga" });

export const listParkedSagas = defineEndpoint({
  name: "listParkedSagas",
  service: "booking",
  method: "get",
  path: "/v1/operations/sagas",
  summary: "Sagas whose step went unanswered past its deadline and that wait for a person",
  access: "operations:read:any",
  query: pageQuery,
  answers: { status: 200, description: "Parked sagas, oldest first", body: page(parkedSaga) },
});

/** What cancelling now would give back, to the cent, and until when that stands. */
export const cancellationTerms = z
  .object({
    bookingId: id("bkg"),
    refund: money.describe("What goes back"),
    keep: money.describe("What is kept"),
    standsUntil: utcInstant
      .nullable()
      .describe("From then on less goes back; null where it never becomes less"),
  })
  .meta({ id: "CancellationTerms" });
export type CancellationTerms = z.infer<typeof cancellationTerms>;

export const getCancellationTerms = defineEndpoint({
  name: "getCancellationTerms",
  service: "booking",
  method: "get",
  path: "/v1/bookings/{bookingId}/cancellation",
  summary: "What cancelling would give back now",
  description: "Send `refund.amountMinor` as `expectedRefundMinor` to cancel on exactly these terms.",
  access: "booking:read:own",
  params: bookingParams,
  answers: { status: 200, description: "The terms", body: cancellationTerms },
  problems: ["booking/not-found", "booking/not-cancellable"],
});

export const rescheduleBooking = defineEndpoint({
  name: "rescheduleBooking",
  service: "booking",
  method: "post",
  path: "/v1/bookings/{bookingId}/reschedule",
  summary: "Move a confirmed booking to another time or quantity",
  description:
    "The new time is taken before the old one is given up, in one transaction. What is cheaper is refunded. What is dearer is held beside the old one, as `change`, until the difference is paid; if it is not, the booking stays as it was. What is taken along moves by as much.",
  access: "booking:cancel:own",
  idempotencyKey: "required",
  params: bookingParams,
  body: z
    .strictObject({
      startsAt: instant,
      endsAt: instant,
      quantity: z.int().min(1).max(1000).optional(),
      people: z.int().min(1).max(10_000).optional(),
      paymentMethod,
    })
    .refine(...endsAfterStart),
  answers: { status: 200, description: "The booking, moved or with a pending change", body: bookingView },
  problems: [
    "booking/not-found",
    "booking/transition-not-allowed",
    "booking/payment-method-not-allowed",
    ...takingProblems,
  ],
});

/** What a vendor may say with a refusal. */
const reasonBody = z.strictObject({ reason: z.string().trim().min(1).max(500) });

/** Something the vendor's people do with a booking. */
function vendorAction<Body extends z.ZodType>(
  name: string,
  of: { readonly path: string; readonly summary: string; readonly body?: Body },
) {
  return defineEndpoint({
    name,
    service: "booking",
    method: "post",
    path: `/v1/bookings/{bookingId}/${of.path}`,
    summary: of.summary,
    access: "booking:manage:own",
    params: bookingParams,
    ...(of.body ? { body: of.body } : undefined),
    answers: { status: 200, description: "The booking as it then stands", body: bookingView },
    problems: ["booking/not-found", "booking/transition-not-allowed"],
  });
}

export const approveBooking = vendorAction("approveBooking", {
  path: "approve",
  summary: "Approve a booking that waits for it",
});
export const declineBooking = vendorAction("declineBooking", {
  path: "decline",
  summary: "Decline a booking that waits for approval; the guest pays nothing",
  body: reasonBody,
});
export const callOffBooking = vendorAction("callOffBooking", {
  path: "call-off",
  summary: "Call a confirmed booking off; the guest gets everything back",
  body: reasonBody,
});
export const checkInBooking = vendorAction("checkInBooking", {
  path: "check-in",
  summary: "Record that the guest came",
});
export const completeBooking = vendorAction("completeBooking", {
  path: "complete",
  summary: "Record that the guest left; by itself it happens at the end",
});
export const recordNoShow = vendorAction("recordNoShow", {
  path: "no-show",
  summary: "Record that the guest did not come; the refund follows the no-show rule",
});

export const listVendorBookings = defineEndpoint({
  name: "listVendorBookings",
  service: "booking",
  method: "get",
  path: "/v1/vendors/{vendorId}/bookings",
  summary: "A vendor's bookings, newest first, for its members",
  access: "booking:manage:own",
  params: z.object({ vendorId: id("vnd") }),
  query: pageQuery.extend(bookingFilters),
  answers: { status: 200, description: "A page of bookings", body: page(bookingView) },
  problems: ["booking/vendor-not-found"],
});

export const listAllBookings = defineEndpoint({
  name: "listAllBookings",
  service: "booking",
  method: "get",
  path: "/v1/operations/bookings",
  summary: "All bookings, newest first, for administrators",
  access: "booking:read:any",
  query: pageQuery.extend({
    ...bookingFilters,
    vendorId: id("vnd").optional(),
    customerId: id("usr").optional(),
  }),
  answers: { status: 200, description: "A page of bookings", body: page(bookingView) },
});

/** Who may lead a booking from where to where: the table that the code decides by, for readers. */
export const bookingTransition = z
  .object({
    action: z.string(),
    by: z.array(z.enum(["guest", "vendor", "admin", "payment", "clock"])),
    from: z.array(z.enum(bookingStatuses)),
    to: z.enum(bookingStatuses),
  })
  .meta({ id: "BookingTransition" });
export type BookingTransition = z.infer<typeof bookingTransition>;
