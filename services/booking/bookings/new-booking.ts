/** A booking to be: the row and what it takes from which calendar. */
import { onArrival } from "@holdfast/contracts/api/paying";
import { newId, type Id } from "@holdfast/contracts/ids";
import { rangeLiteral } from "../calendar/calendars.ts";
import type { BookingRow, QuoteRow, TakenAlong } from "../database.ts";
import { balanceOf, paidMinor, remindsAt } from "../pricing/deposit.ts";
import { quotedBalance } from "../quotes/quoted-balance.ts";
import type { AskedBooking } from "./asked-booking.ts";
import { termsOf, type PlacedPart, type Room } from "./find-room.ts";
import { beginOf } from "./transitions.ts";

/** Units of one calendar for one stretch. */
export interface TakenUnits {
  readonly calendarId: number;
  readonly units: readonly number[];
  /** A tstzrange literal, buffers included. */
  readonly during: string;
}

/** A held booking that is not written yet. */
export interface NewBooking {
  readonly row: BookingRow;
  readonly takes: readonly TakenUnits[];
  /** What it is paid by is kept for later bookings: said to payment, and of no matter here. */
  readonly saveMethod: boolean;
  /** The guest has not asked for it just now: it was offered from the waiting list. */
  readonly fromWaitlist: boolean;
}

/** Who the booking is for, and how it was asked for. */
export interface NewBookingOf {
  readonly customerId: Id<"usr">;
  readonly asked: AskedBooking;
  readonly now: Temporal.Instant;
  readonly paymentMethod?: string | null | undefined;
  readonly savePaymentMethod?: boolean | undefined;
  /** The quote that the room was found with. */
  readonly quote?: QuoteRow | undefined;
  readonly seriesId?: Id<"ser"> | null;
  readonly traceparent?: string | null;
  /** How long it waits for its payment; what the resources say where it is not given. */
  readonly holdMinutes?: number;
  readonly fromWaitlist?: boolean;
}

/** The held booking that a room with units makes. */
export function newBookingRow(room: Room, of: NewBookingOf): NewBooking {
  const [main, ...also] = room.parts;
  const { rules, vendorId, vendorName } = main.resource.snapshot;
  const terms = termsOf(room);
  const { cancellation, policies } = of.quote ?? terms;
  // As precise as Postgres keeps it, so that what is answered now is what is read later.
  const now = of.now.round({ smallestUnit: "microsecond", roundingMode: "floor" });
  const holdExpiresAt = now.add({ minutes: of.holdMinutes ?? terms.holdMinutes }).toString();
  const times = timesOf(main);
  const { amountMinor: total_minor, currency } = room.price.total;
  const taken = also.map(takenAlong);
  const beginsAtMs = Date.parse(beginOf({ ...times, also: taken }));
  const agreed = { policies, totalMinor: total_minor, currency, beginsAtMs, nowMs: now.epochMilliseconds };
  const balance =
    of.paymentMethod === onArrival ? null : of.quote ? quotedBalance(of.quote) : balanceOf(agreed);
  const row: BookingRow = {
    booking_id: newId("bkg"),
    calendar_id: main.calendar.calendar_id,
    resource_id: main.asked.resourceId,
    customer_id: of.customerId,
    vendor_id: vendorId,
    resource_title: rules.title,
    vendor_name: vendorName,
    zone: rules.zone,
    status: "held",
    reason: null,
    ...times,
    quantity: main.asked.quantity,
    people: of.asked.people,
    also: taken,
    extras: of.asked.extras,
    lines: room.price.lines,
    total_minor,
    currency: room.price.total.currency,
    cancellation,
    policies,
    series_id: of.seriesId ?? null,
    promotion_id: room.promotionId,
    change: null,
    charges: balance?.charge ?? 1,
    charged_prices: [],
    balance,
    balance_reminds_at: remindsAt(balance, now.epochMilliseconds),
    payment_method: of.paymentMethod ?? null,
    hold_expires_at: holdExpiresAt,
    keep_minor: paidMinor({ total_minor, balance }),
    goodwill_minor: 0,
    saga_step: "pay",
    step_deadline_at: holdExpiresAt,
    parked_at: null,
    parked_reason: null,
    version: 1,
    created_at: now.toString(),
    traceparent: of.traceparent ?? null,
  };
  const takes = room.parts.map((part) => ({
    calendarId: part.calendar.calendar_id,
    units: part.units,
    during: rangeLiteral(part.time.taken),
  }));
  const saveMethod = of.savePaymentMethod ?? false;
  return { row, takes, saveMethod, fromWaitlist: of.fromWaitlist ?? false };
}

/** The columns of a part's time. */
export function timesOf({ asked, time }: PlacedPart): Pick<BookingRow, "starts_at" | "ends_at" | "during"> {
  return {
    starts_at: instantOf(asked.startsAt),
    ends_at: instantOf(asked.endsAt),
    during: rangeLiteral(time.taken),
  };
}

/** A part beside the first, as the booking's row keeps it. */
export function takenAlong({ asked, calendar, resource, time }: PlacedPart): TakenAlong {
  return {
    resourceId: asked.resourceId,
    calendarId: calendar.calendar_id,
    resourceTitle: resource.snapshot.rules.title,
    startsAt: instantOf(asked.startsAt),
    endsAt: instantOf(asked.endsAt),
    during: rangeLiteral(time.taken),
    quantity: asked.quantity,
  };
}

function instantOf(epochMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toString();
}
