/** A booking as its guest sees it, and as events tell it. */
import type { BookingStatus, BookingView } from "@holdfast/contracts/api/booking";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import type { BookingRow, TakenAlong } from "../database.ts";
import { openBalance, paidMinor } from "../pricing/deposit.ts";
import { refundNow } from "../saga/end-booking.ts";
import { isPaidOnArrival } from "./paid-by.ts";

/** The guest's view; `refund` is what would go back now, or what went back. */
export function bookingView(row: BookingRow, now: Temporal.Instant): BookingView {
  return {
    bookingId: row.booking_id,
    resourceId: row.resource_id,
    resourceTitle: row.resource_title,
    vendorId: row.vendor_id,
    vendorName: row.vendor_name,
    status: row.status,
    reason: row.reason,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    zone: row.zone,
    quantity: row.quantity,
    people: row.people,
    also: row.also.map(alsoView),
    seriesId: row.series_id,
    lines: [...row.lines],
    total: { amountMinor: row.total_minor, currency: row.currency },
    due: { amountMinor: paidMinor(row), currency: row.currency },
    balance: balanceView(row),
    cancellation: row.cancellation,
    policies: row.policies,
    change: changeView(row),
    refund: refundView(row, now),
    holdExpiresAt: row.hold_expires_at,
    version: row.version,
    createdAt: row.created_at,
  };
}

/** Statuses in which nobody is asked for a balance any more. */
const owesNothing: readonly BookingStatus[] = ["cancelled", "declined", "expired", "no-show"];

function balanceView({ balance, status, currency }: BookingRow): BookingView["balance"] {
  return balance && !owesNothing.includes(status) ? openBalance(balance, currency) : null;
}

function changeView({ change, currency }: BookingRow): BookingView["change"] {
  if (!change) return null;
  const { charge, startsAt, endsAt, quantity, totalMinor, dueMinor, expiresAt } = change;
  return {
    charge,
    startsAt,
    endsAt,
    quantity,
    total: { amountMinor: totalMinor, currency },
    due: { amountMinor: dueMinor, currency },
    expiresAt,
  };
}

/** Statuses from which a cancellation gives something back, and those in which something went back. */
const cancellable: readonly BookingStatus[] = ["awaiting-approval", "confirmed"];
const givenBack: readonly BookingStatus[] = ["cancelled", "no-show"];

function refundView(row: BookingRow, now: Temporal.Instant): BookingView["refund"] {
  const { status, currency } = row;
  if (cancellable.includes(status)) return { amountMinor: refundNow(row, now), currency };
  return givenBack.includes(status) ? { amountMinor: paidMinor(row) - row.keep_minor, currency } : null;
}

/** What of the price is tax, on top of it or in it; of a vendor's wildest rates no more than there is. */
function taxOf({ lines, total_minor: totalMinor }: Pick<BookingRow, "lines" | "total_minor">): number {
  const taxes = lines.reduce((sum, { kind, amountMinor }) => (kind === "tax" ? sum + amountMinor : sum), 0);
  return Math.min(taxes, totalMinor);
}

/** What every event about the booking carries. */
export function bookingFacts(row: BookingRow): BookingFacts {
  const taxMinor = taxOf(row);
  const balance = balanceView(row);
  return {
    bookingId: row.booking_id,
    resourceId: row.resource_id,
    vendorId: row.vendor_id,
    customerId: row.customer_id,
    resourceTitle: row.resource_title,
    vendorName: row.vendor_name,
    zone: row.zone,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    quantity: row.quantity,
    total: { amountMinor: row.total_minor, currency: row.currency },
    ...(taxMinor === 0 ? undefined : { taxMinor }),
    people: row.people,
    ...(row.also.length === 0 ? undefined : { also: row.also.map(alsoView) }),
    ...(row.series_id === null ? undefined : { seriesId: row.series_id }),
    ...(balance === null ? undefined : { balance }),
    ...(isPaidOnArrival(row) ? { paidOnArrival: true } : undefined),
  };
}

function alsoView({ resourceId, resourceTitle, startsAt, endsAt, quantity }: TakenAlong) {
  return { resourceId, resourceTitle, startsAt, endsAt, quantity };
}
