/** Booking's endpoints: slots, quotes, bookings and their lives. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { bookingPolicies, cancellationRule, openBalance } from "../booking-policies.ts";
import { endsAfterStart, instant, localDate, money, utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";
import { paying } from "./paying.ts";

export const bookingStatuses = [
  "held",
  "awaiting-approval",
  "confirmed",
  "checked-in",
  "completed",
  "no-show",
  "cancelled",
  "declined",
  "expired",
] as const;
export type BookingStatus = (typeof bookingStatuses)[number];

/** An amount that may be negative: what a promotion takes off. */
const signedMinor = z.int().meta({ description: "Integer amount in minor units; negative takes off" });

/** One line of a price: `count` x `quantity` x `unitAmountMinor`, rounded half up once, is its amount. */
export const priceLine = z
  .object({
    kind: z.enum(["base", "extra", "promotion", "fee", "tax"]),
    label: z.string(),
    adjustments: z
      .array(z.string())
      .describe("Labels of the adjustments that made the unit's price, in the order they were applied"),
    count: z.number().describe("How many of `unit` were counted: hours (in minutes / 60), nights, or 1"),
    unit: z.enum(["hour", "night", "booking"]),
    quantity: z.int().min(1).describe("Units booked, or people where the price is per person"),
    unitAmountMinor: signedMinor,
    amountMinor: signedMinor,
    included: z.boolean().describe("A tax that the lines above contain already: shown, not added"),
    basisPoints: z.int().optional().describe("A tax's rate, in hundredths of a percent: 2000 is 20 %"),
    resourceId: id("res").optional().describe("The resource it is for, where a booking takes several"),
  })
  .meta({ id: "PriceLine" });
export type PriceLine = z.infer<typeof priceLine>;

/** A further resource taken with a booking, for a time of its own. */
export const takenAlong = z
  .object({
    resourceId: id("res"),
    resourceTitle: z.string(),
    startsAt: utcInstant,
    endsAt: utcInstant,
    quantity: z.int().min(1),
  })
  .meta({ id: "TakenAlong" });

/** A move that waits for its difference to be paid; both times are held until then. */
export const pendingChange = z
  .object({
    charge: z
      .int()
      .min(2)
      .describe("Number of the charge that the difference is paid by, in the booking's payment"),
    startsAt: utcInstant,
    endsAt: utcInstant,
    quantity: z.int().min(1),
    total: money.describe("What the booking costs once it is moved"),
    due: money.describe("What is to be paid for the move"),
    expiresAt: utcInstant.describe("Until then both times are held"),
  })
  .meta({ id: "PendingChange" });

/** A booking as its guest sees it. */
export const bookingView = z
  .object({
    bookingId: id("bkg"),
    resourceId: id("res"),
    resourceTitle: z.string(),
    vendorId: id("vnd"),
    vendorName: z.string(),
    status: z.enum(bookingStatuses),
    reason: z.string().nullable().describe("Code of the refusal, for `declined`"),
    startsAt: utcInstant,
    endsAt: utcInstant,
    zone: z.string(),
    quantity: z.int().min(1),
    people: z.int().min(1),
    also: z.array(takenAlong).describe("Further resources that it takes"),
    seriesId: id("ser").nullable().describe("The series it is an occurrence of"),
    lines: z.array(priceLine),
    total: money,
    due: money.describe("What of the total is paid, or due by now; the rest is the balance"),
    balance: openBalance
      .nullable()
      .describe("What is still to be paid, and when; null where that is nothing"),
    cancellation: cancellationRule,
    policies: bookingPolicies,
    change: pendingChange.nullable().describe("A move that waits for its difference to be paid"),
    refund: money
      .nullable()
      .describe("What would go back, or went back, on cancelling; null where nothing was ever due"),
    holdExpiresAt: utcInstant.describe("Until then a `held` booking waits for its payment"),
    version: z
      .int()
      .min(1)
      .describe("Grows with everything that happens to it; the timeline has an entry for each"),
    createdAt: utcInstant,
  })
  .meta({ id: "Booking" });
export type BookingView = z.infer<typeof bookingView>;

/** A time at which the resource can be booked. */
export const slotView = z
  .object({
    startsAt: utcInstant,
    endsAt: utcInstant,
    date: localDate.describe("The date in the resource's zone on which it starts"),
    free: z.int().min(1).describe("Units still free throughout"),
    price: money,
  })
  .meta({ id: "Slot" });
export type SlotView = z.infer<typeof slotView>;

/** What somebody wants a price or a booking for. */
export const askedParts = {
  resourceId: id("res"),
  startsAt: instant,
  endsAt: instant.describe("Exclusive. A time that is listed as a slot can be booked"),
  quantity: z.int().min(1).max(1000).default(1).describe("Units of the resource: rooms, chairs, desks"),
  people: z.int().min(1).max(10_000).default(1).describe("Who come, in all units together"),
  also: z
    .array(
      z.strictObject({
        resourceId: id("res"),
        quantity: z.int().min(1).max(1000).default(1),
        startsAt: instant.optional(),
        endsAt: instant.optional(),
      }),
    )
    .max(9)
    .default([])
    .describe(
      "Further resources of the same vendor, at the same time where none is said: a chair with the stylist",
    ),
  extras: z
    .array(z.strictObject({ code: z.string().max(40), quantity: z.int().min(1).max(1000).default(1) }))
    .max(50)
    .default([])
    .describe("Extras of the first resource, by their codes"),
  promotionCode: z
    .string()
    .trim()
    .toUpperCase()
    .min(1)
    .max(40)
    .optional()
    .meta({ description: "A code of the vendor, in whatever case", examples: ["SUMMER-10"] }),
};

export const listSlots = defineEndpoint({
  name: "listSlots",
  service: "booking",
  method: "get",
  path: "/v1/resources/{resourceId}/slots",
  summary: "Times at which a resource can be booked",
  description:
    "Dates are in the resource's zone, `to` inclusive, 62 days at most. Each slot is as long as `minutes` (or `nights`), by default the resource's minimum. What is listed can be booked.",
  access: "public",
  params: z.object({ resourceId: id("res") }),
  query: z.strictObject({
    from: localDate,
    to: localDate,
    minutes: z.coerce.number().int().min(5).max(10_080).optional(),
    nights: z.coerce.number().int().min(1).max(365).optional(),
    quantity: z.coerce.number().int().min(1).max(1000).default(1),
    people: z.coerce.number().int().min(1).max(10_000).default(1),
  }),
  answers: {
    status: 200,
    description: "Bookable slots, in order",
    body: z.object({ resourceId: id("res"), zone: z.string(), slots: z.array(slotView) }),
  },
  problems: ["booking/resource-not-bookable", "booking/window-too-long"],
});

/** What taking a slot can be refused with. */
export const takingProblems = [
  "booking/resource-not-bookable",
  "booking/time-not-bookable",
  "booking/slot-taken",
  "booking/too-many-people",
  "booking/extra-unknown",
  "booking/promotion-not-usable",
  "booking/parts-do-not-fit",
] as const;

/** A price that stands until it expires. */
export const quoteView = z
  .object({
    quoteId: id("qte"),
    resourceId: id("res"),
    startsAt: utcInstant,
    endsAt: utcInstant,
    quantity: z.int().min(1),
    people: z.int().min(1),
    lines: z.array(priceLine),
    total: money,
    due: money.describe(
      "What is due with the booking: the deposit, or everything where the balance would be due",
    ),
    balance: z
      .object({ amount: money, dueAt: utcInstant })
      .nullable()
      .describe("The rest of the total, and when it is taken; null where everything is due with the booking"),
    deposit: money.describe("As `due`, which is its name now"),
    cancellation: cancellationRule,
    policies: bookingPolicies,
    expiresAt: utcInstant,
  })
  .meta({ id: "Quote" });
export type QuoteView = z.infer<typeof quoteView>;

export const createQuote = defineEndpoint({
  name: "createQuote",
  service: "booking",
  method: "post",
  path: "/v1/quotes",
  summary: "What a booking would cost; a booking made with the quote costs exactly that",
  access: "booking:create:own",
  body: z.strictObject(askedParts).refine(...endsAfterStart),
  answers: { status: 201, description: "The quote, valid for 15 minutes", body: quoteView },
  problems: takingProblems,
});

/** What a guest asks for. */
export const bookingRequest = z
  .strictObject({
    ...askedParts,
    quoteId: id("qte").optional(),
    ...paying,
  })
  .refine(...endsAfterStart)
  .meta({ id: "BookingRequest" });
export type BookingRequest = z.infer<typeof bookingRequest>;

export const createBooking = defineEndpoint({
  name: "createBooking",
  service: "booking",
  method: "post",
  path: "/v1/bookings",
  summary: "Hold a slot and start paying for it",
  description:
    "The slot is held until `holdExpiresAt`. With `Prefer: wait=N` the answer comes when the booking is confirmed or refused, or after N seconds (30 at most) as it then stands.",
  access: "booking:create:own",
  idempotencyKey: "required",
  preferWait: true,
  timeoutMs: 40_000,
  body: bookingRequest,
  answers: { status: 201, description: "The booking", body: bookingView },
  problems: [
    ...takingProblems,
    "booking/too-many-holds",
    "booking/quote-not-usable",
    "booking/payment-method-not-allowed",
  ],
});

export const bookingParams = z.object({ bookingId: id("bkg") });

/** What lists of bookings can be narrowed by; the dates are instants that a booking's time overlaps. */
export const bookingFilters = {
  status: z.enum(bookingStatuses).optional(),
  resourceId: id("res").optional(),
  seriesId: id("ser").optional(),
  from: instant.optional().describe("Bookings whose time overlaps what begins here"),
  to: instant.optional().describe("Exclusive; with `from` the stretch that their time overlaps"),
};

export const getBooking = defineEndpoint({
  name: "getBooking",
  service: "booking",
  method: "get",
  path: "/v1/bookings/{bookingId}",
  summary: "One of the caller's bookings",
  access: "booking:read:own",
  params: bookingParams,
  answers: { status: 200, description: "The booking", body: bookingView },
  problems: ["booking/not-found"],
});

export const listBookings = defineEndpoint({
  name: "listBookings",
  service: "booking",
  method: "get",
  path: "/v1/bookings",
  summary: "The caller's bookings, newest first",
  access: "booking:read:own",
  query: pageQuery.extend(bookingFilters),
  answers: { status: 200, description: "A page of bookings", body: page(bookingView) },
});
