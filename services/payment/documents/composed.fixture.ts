/** Facts of bookings, and money that moves, for tests of documents. */
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { DocumentIssuer } from "@holdfast/contracts/api/documents";
import type { ChargedPrice, InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import { newId } from "@holdfast/contracts/ids";
import type { Movement } from "./compose-invoice.ts";

export const issuer: DocumentIssuer = {
  name: "Casa Azul",
  legalName: "Casa Azul, Lda.",
  taxId: "PT 501 442 600",
  address: { lines: ["Rua da Prata 12"], postalCode: "1100-420", city: "Lisboa", region: "", country: "PT" },
};

export function priceLine(of: Partial<PriceLine>): PriceLine {
  return {
    kind: "base",
    label: "Booking",
    adjustments: [],
    count: 1,
    unit: "booking",
    quantity: 1,
    unitAmountMinor: of.amountMinor ?? 0,
    amountMinor: 0,
    included: false,
    ...of,
  };
}

/** A price whose total is what its lines come to. */
export function priceOf(lines: readonly PriceLine[], charge = 1): ChargedPrice {
  const totalMinor = lines.reduce((sum, line) => sum + (line.included ? 0 : line.amountMinor), 0);
  const [startsAt, endsAt] = ["2030-01-01T10:00:00Z", "2030-01-01T11:00:00Z"];
  return { charge, startsAt, endsAt, quantity: 1, totalMinor, lines: [...lines] };
}

export function factsOf(prices: readonly ChargedPrice[], of: Partial<InvoiceFacts> = {}): InvoiceFacts {
  return {
    bookingId: newId("bkg"),
    customerId: newId("usr"),
    vendorId: newId("vnd"),
    vendorName: "Casa Azul",
    resourceTitle: "Chair by the window",
    also: [],
    zone: "Europe/Lisbon",
    currency: "EUR",
    prices: [...prices],
    ...of,
  };
}

export function movementOf(
  { bookingId, customerId, currency }: InvoiceFacts,
  amountMinor: number,
  of: Partial<Movement> = {},
): Movement {
  return {
    cause: newId("pay"),
    bookingId,
    charge: 1,
    customerId,
    currency,
    amountMinor,
    paidAt: "2029-12-01T12:00:00Z",
    ...of,
  };
}
