/** A held booking, for tests of the saga. */
import { newId } from "@holdfast/contracts/ids";
import type { BookingRow, PendingMove } from "../database.ts";

/** A row as `takeBookings` writes it, with what a test says otherwise. */
export function sampleBooking(of: Partial<BookingRow> = {}): BookingRow {
  return {
    booking_id: newId("bkg"),
    calendar_id: 1,
    resource_id: newId("res"),
    customer_id: newId("usr"),
    vendor_id: newId("vnd"),
    resource_title: "Chair",
    vendor_name: "Salon",
    zone: "Europe/Lisbon",
    status: "held",
    reason: null,
    starts_at: "2027-03-01T09:00:00Z",
    ends_at: "2027-03-01T10:00:00Z",
    during: "[2027-03-01T09:00:00Z,2027-03-01T10:00:00Z)",
    quantity: 1,
    people: 1,
    also: [],
    extras: [],
    lines: [],
    total_minor: 5000,
    currency: "EUR",
    cancellation: { fullRefundUntilHours: 24, tiers: [], refundPercentAfter: 50 },
    policies: { noShow: { afterMinutes: 15, refundPercent: 0 }, depositPercent: 100, approval: null },
    series_id: null,
    promotion_id: null,
    change: null,
    charges: 1,
    charged_prices: [],
    balance: null,
    balance_reminds_at: null,
    payment_method: null,
    hold_expires_at: "2027-02-20T00:10:00Z",
    keep_minor: 5000,
    goodwill_minor: 0,
    saga_step: "pay",
    step_deadline_at: "2027-02-20T00:10:00Z",
    parked_at: null,
    parked_reason: null,
    version: 1,
    created_at: "2027-02-20T00:00:00Z",
    traceparent: null,
    ...of,
  };
}

/** A move of the sample to the same hour some days later, for more money, that waits for its payment. */
export function sampleChange(): PendingMove {
  return {
    charge: 2,
    startsAt: "2027-03-05T09:00:00Z",
    endsAt: "2027-03-05T10:00:00Z",
    during: "[2027-03-05T09:00:00Z,2027-03-05T10:00:00Z)",
    quantity: 1,
    people: 1,
    also: [],
    lines: [],
    totalMinor: 7000,
    dueMinor: 2000,
    expiresAt: "2027-02-20T00:10:00Z",
    isSettled: false,
  };
}
