/** What a guest has: a booking with its invoice, a quote, a series, a place in line. */
import { randomUUID } from "node:crypto";
import { createQuote } from "@holdfast/contracts/api/booking";
import { createBookingSeries } from "@holdfast/contracts/api/booking-series";
import { listBookingDocuments } from "@holdfast/contracts/api/documents";
import { listPaymentMethods } from "@holdfast/contracts/api/payment-methods";
import { joinWaitlist } from "@holdfast/contracts/api/waitlist";
import type { Id } from "@holdfast/contracts/ids";
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { capacity, hoursAhead, type VendorParts } from "./vendors.ts";

export interface GuestParts {
  readonly quoteId: Id<"qte">;
  readonly seriesId: Id<"ser">;
  readonly entryId: Id<"wtl">;
  readonly documentId: Id<"doc">;
  /** What they can pay by again. */
  readonly paymentMethodId: string;
}

const full = { startsAt: hoursAhead(100), endsAt: hoursAhead(101) };

/**
 * A quote and a series of the guest's at that vendor, the invoice of the booking they paid for, a card that they have kept;
 * and an hour that is full, for who would wait for it.
 */
export async function makeGuestParts(
  guest: ApiClient,
  vendor: VendorParts,
  bookingId: string,
): Promise<GuestParts> {
  const asked = { resourceId: vendor.resourceId, startsAt: hoursAhead(120), endsAt: hoursAhead(121) };
  const [{ quoteId }, { seriesId }] = await Promise.all([
    guest.call(createQuote, { body: asked }),
    guest.call(createBookingSeries, {
      body: { ...asked, rrule: "FREQ=DAILY;COUNT=2" },
      idempotencyKey: randomUUID(),
    }),
    guest.book({ resourceId: vendor.spareResourceId, ...full, quantity: capacity }),
  ]);
  const [documentId, paymentMethodId] = await Promise.all([
    invoiceOf(guest, bookingId as Id<"bkg">),
    keptMethod(guest, vendor),
  ]);
  return { quoteId, seriesId, entryId: await placeInLine(guest, vendor), documentId, paymentMethodId };
}

/** A card that the guest has kept with a booking of its own. */
export async function keptMethod(guest: ApiClient, { resourceId }: VendorParts): Promise<string> {
  const asked = { resourceId, startsAt: hoursAhead(96), endsAt: hoursAhead(97) };
  const paying = { paymentMethod: "pm_card_visa", savePaymentMethod: true };
  await guest.book({ ...asked, ...paying }, { waitSeconds: 30 });
  const { items } = await guest.call(listPaymentMethods);
  return items[0]!.paymentMethodId;
}

/** The booking's invoice, once it is issued. */
function invoiceOf(guest: ApiClient, bookingId: Id<"bkg">): Promise<Id<"doc">> {
  return until("the invoice to be issued", async () => {
    const { items } = await guest.call(listBookingDocuments, { params: { bookingId } });
    return items[0]?.documentId;
  });
}

/** A place in line for the hour that is full; the one the guest has, while they have one. */
export async function placeInLine(guest: ApiClient, { spareResourceId }: VendorParts): Promise<Id<"wtl">> {
  const body = { resourceId: spareResourceId, ...full };
  return (await guest.call(joinWaitlist, { body })).entryId;
}
