/** What stands on the credit note for a refund. Pure. */
import assert from "node:assert";
import type { Id } from "@holdfast/contracts/ids";
import type { Movement } from "./compose-invoice.ts";
import type { Draft } from "./document.ts";
import { addedTaxOf, shareOf, totalOf, without } from "./parts.ts";

/** An invoice with the credit notes that correct it so far. */
export interface Invoiced {
  readonly invoice: Draft & { readonly number: string };
  readonly credited: readonly Draft[];
}

/**
 * The credit note for money that went back: a share of what the invoice and its credit notes have left, tax by tax, so
 * that once everything is given back they come to nothing, each tax too.
 */
export function composeCreditNote(
  refund: Movement,
  { invoice, credited }: Invoiced,
  newDocumentId: () => Id<"doc">,
): Draft {
  const left = without(
    invoice.content,
    credited.map(({ content }) => content),
  );
  assert(refund.amountMinor <= totalOf(left), "no more is given back than the invoice has left");
  const parts = shareOf(left, refund.amountMinor);
  const { issuer, booking } = invoice.content;
  const line = {
    label: `Refund of what invoice ${invoice.number} charged`,
    details: [],
    counted: null,
    amountMinor: refund.amountMinor - addedTaxOf(parts),
  };
  return {
    id: newDocumentId(),
    kind: "credit-note",
    cause: refund.cause,
    vendorId: invoice.vendorId,
    bookingId: invoice.bookingId,
    charge: invoice.charge,
    customerId: invoice.customerId,
    currency: invoice.currency,
    totalMinor: refund.amountMinor,
    invoice: { documentId: invoice.id, number: invoice.number },
    content: { ...parts, paidAt: refund.paidAt, issuer, booking, lines: [line] },
  };
}
