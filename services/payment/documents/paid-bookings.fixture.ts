/** Bookings that are paid for, and documents as people ask for them. */
import type { Role } from "@holdfast/contracts/access";
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { DocumentSummary } from "@holdfast/contracts/api/documents";
import type { Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import type { KillableWorld, PaymentWorld, TestBooking } from "../payment-service.fixture.ts";
import { factsOf, issuer, priceLine, priceOf } from "./composed.fixture.ts";

/** 100.00 in two lines, of which 15.97 is an included tax. */
const usualLines: readonly PriceLine[] = [
  priceLine({ label: "Hours", count: 2, unit: "hour", unitAmountMinor: 4500, amountMinor: 9000 }),
  priceLine({ kind: "fee", label: "Cleaning", amountMinor: 1000 }),
  priceLine({ kind: "tax", label: "VAT", basisPoints: 1900, amountMinor: 1597, included: true }),
];

/** Booking and catalog know of it. */
export function makeKnown({ others }: Pick<PaymentWorld, "others">, booking: TestBooking): void {
  const { bookingId, customerId, vendorId } = booking;
  const known = { bookingId, customerId, vendorId, vendorName: "Salon", resourceTitle: "Chair" };
  const facts = factsOf([priceOf(usualLines)], known);
  others.bookings.set(bookingId, facts);
  others.issuers.set(vendorId, { vendorId, ...issuer });
  others.names.set(customerId, "Ana <b>Bold</b>");
  others.away.clear();
}

/** Held, confirmed and captured. */
export async function paid(world: PaymentWorld | KillableWorld): Promise<TestBooking> {
  const booking = world.book();
  await booking.held("pm_card_visa");
  await world.reaches(booking, "authorised");
  await booking.confirmed();
  await world.reaches(booking, "captured");
  return booking;
}

/** Who asks. */
export interface Asker {
  readonly userId: Id<"usr">;
  readonly roles: readonly Role[];
}

export function guestOf({ customerId }: TestBooking): Asker {
  return { userId: customerId, roles: ["customer"] };
}

/** Asks the service, as somebody, with headers beside those that say who. */
export function get(
  { signer, port }: Pick<PaymentWorld, "signer" | "port">,
  path: string,
  as: Asker,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { ...signer.authorization({ ...as, roles: [...as.roles] }), ...headers },
    signal: AbortSignal.timeout(5_000),
  });
}

/** A booking's documents as its guest sees them, once there are so many. */
export function documentsOf(
  world: Pick<PaymentWorld, "signer" | "port">,
  booking: TestBooking,
  many: number,
): Promise<DocumentSummary[]> {
  return until(`${many} documents of ${booking.bookingId}`, async () => {
    const response = await get(world, `/v1/bookings/${booking.bookingId}/documents`, guestOf(booking));
    const { items } = (await response.json()) as { items: DocumentSummary[] };
    return items.length === many && items;
  });
}
