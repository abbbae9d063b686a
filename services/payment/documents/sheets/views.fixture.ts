/** Documents and receipts as the API shows them, to be laid out. */
import type { DocumentLine, DocumentView, ReceiptView } from "@holdfast/contracts/api/documents";

const bookingId = "bkg_01kbac9xw8fz5rv3cy2e58f0hn";

export function line(of: Partial<DocumentLine>): DocumentLine {
  return { label: "Breakfast", details: [], counted: null, amountMinor: 1200, ...of };
}

export function documentView(of: Partial<DocumentView> = {}): DocumentView {
  return {
    documentId: "doc_01kbac9xw8fz5rv3cy2e58f0hn",
    kind: "invoice",
    provider: "stripe",
    number: "INV-K7Q2MD-2026-000123",
    vendorId: "vnd_01kbac9xw8fz5rv3cy2e58f0hn",
    bookingId,
    charge: 1,
    issuedAt: "2026-12-01T15:00:00.123456Z",
    paidAt: "2026-11-30T23:30:00Z",
    total: { amountMinor: 48_160, currency: "EUR" },
    taxMinor: 3349,
    invoice: null,
    issuer: {
      name: "Casa Azul",
      legalName: "Casa Azul – Alojamento, Lda.",
      taxId: "PT 501 442 600",
      address: {
        lines: ["Rua da Prata 12, 3.º Dto."],
        postalCode: "1100-420",
        city: "Lisboa",
        region: "",
        country: "PT",
      },
    },
    guest: { userId: "usr_01kbac9xw8fz5rv3cy2e58f0hn", name: "Łucja Жанна Γεωργίου" },
    booking: {
      bookingId,
      resourceTitle: "Double room",
      startsAt: "2026-12-20T15:00:00Z",
      endsAt: "2026-12-23T11:00:00Z",
      zone: "Europe/Lisbon",
    },
    lines: [
      line({
        label: "Double room",
        details: ["Winter season"],
        counted: { count: 3, unit: "night", quantity: 2, unitAmountMinor: 7000 },
        amountMinor: 42_000,
      }),
      line({ label: "Winter offer", amountMinor: -4200 }),
    ],
    taxes: [
      { label: "VAT", basisPoints: 600, included: true, amountMinor: 2689 },
      { label: "City tax", basisPoints: null, included: false, amountMinor: 660 },
    ],
    netMinor: 44_811,
    ...of,
  };
}

export function receiptView(of: Partial<ReceiptView> = {}): ReceiptView {
  const { issuer, guest, booking } = documentView();
  return {
    issuer,
    guest,
    booking,
    currency: "EUR",
    movements: [
      {
        kind: "payment",
        charge: 1,
        at: "2026-11-30T23:30:00Z",
        amountMinor: 48_160,
        document: "INV-K7Q2MD-2026-000123",
      },
      { kind: "refund", charge: 1, at: "2026-12-05T09:00:00Z", amountMinor: 8160, document: null },
    ],
    paidMinor: 48_160,
    refundedMinor: 8160,
    chargedBackMinor: 0,
    keptMinor: 40_000,
    ...of,
  };
}
