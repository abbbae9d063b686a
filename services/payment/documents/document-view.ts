/** Documents as the API shows them. */
import type { DocumentGuest, DocumentSummary, DocumentView } from "@holdfast/contracts/api/documents";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { DocumentRow } from "./document-rows.ts";

/** A row with the number of the invoice it corrects, and who moves the money of its charge. */
export type ShownRow = DocumentRow & { readonly invoice_number: string | null; readonly provider: string };

/** Documents with the numbers of the invoices they correct. */
export function selectDocuments(db: Kysely<PaymentTables>) {
  return db
    .selectFrom("documents as d")
    .innerJoin("payments as p", (join) =>
      join.onRef("p.booking_id", "=", "d.booking_id").onRef("p.charge", "=", "d.charge"),
    )
    .leftJoin("documents as corrected", "corrected.id", "d.invoice_id")
    .selectAll("d")
    .select(["corrected.number as invoice_number", "p.provider"]);
}

export function summaryOf(row: ShownRow): DocumentSummary {
  const { invoice_id: documentId, invoice_number: number } = row;
  return {
    documentId: row.id,
    kind: row.kind,
    number: row.number,
    vendorId: row.vendor_id,
    bookingId: row.booking_id,
    charge: row.charge,
    issuedAt: row.issued_at,
    total: { amountMinor: row.total_minor, currency: row.currency },
    taxMinor: row.tax_minor,
    invoice: documentId === null || number === null ? null : { documentId, number },
  };
}

export function viewOf(row: ShownRow, guest: DocumentGuest): DocumentView {
  const { paidAt, issuer, booking, lines, taxes, netMinor } = row.content;
  return {
    ...summaryOf(row),
    paidAt,
    provider: row.provider,
    issuer,
    guest,
    booking,
    lines: [...lines],
    taxes: [...taxes],
    netMinor,
  };
}
