/** An invoice or a credit note, laid out. */
import { formatMoney } from "@holdfast/chassis/format-money";
import { onArrival } from "@holdfast/contracts/api/paying";
import type { DocumentTax, DocumentView } from "@holdfast/contracts/api/documents";
import type { Sheet, Total } from "./sheet.ts";
import { countOf, dateOf, issuerLines, rateOf, spanOf } from "./words.ts";

const columns = [
  { label: "What", align: "left", width: 0.46 },
  { label: "How many", align: "left", width: 0.2 },
  { label: "Price of one", align: "right", width: 0.16 },
  { label: "Amount", align: "right", width: 0.18 },
] as const;

function factsOf({ issuedAt, paidAt, invoice, kind, provider }: DocumentView): [string, string][] {
  const isInvoice = kind === "invoice";
  return [
    ["Date of issue", dateOf(issuedAt)],
    ...(provider === onArrival
      ? []
      : [[isInvoice ? "Paid on" : "Given back on", dateOf(paidAt)] as [string, string]]),
    ...(invoice === null ? [] : [["Corrects invoice", invoice.number] as [string, string]]),
  ];
}

/** With its rate, which a vendor may have written into the label already. */
function nameOf({ label, basisPoints }: DocumentTax): string {
  return label.includes("%") ? label : `${label}${rateOf(basisPoints)}`;
}

/** What is paid on arrival is paid to the vendor: when it was, and whether, nobody tells us. */
function noteOf({ kind, provider }: DocumentView): string {
  if (provider === onArrival)
    return kind === "invoice" ? "Paid on arrival." : "No longer to be paid on arrival.";
  return kind === "invoice" ? "Paid in full. Nothing is due." : "Given back to the guest. Nothing is due.";
}

function totalsOf({ kind, taxes, netMinor, total, provider }: DocumentView): Total[] {
  const ofCreditNote = provider === onArrival ? "Total credited" : "Total given back";
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: total.currency });
  const added = taxes.filter(({ included }) => !included);
  const included = taxes.filter((tax) => tax.included);
  const beforeMinor = added.reduce((sum, tax) => sum - tax.amountMinor, total.amountMinor);
  const subtotal: Total = { label: "Subtotal", amount: money(beforeMinor), weight: "part" };
  const net: Total = { label: "Without tax", amount: money(netMinor), weight: "aside" };
  return [
    ...(added.length === 0 ? [] : [subtotal]),
    ...added.map((tax): Total => ({ label: nameOf(tax), amount: money(tax.amountMinor), weight: "part" })),
    {
      label: kind === "invoice" ? "Total" : ofCreditNote,
      amount: money(total.amountMinor),
      weight: "sum",
    },
    ...included.map((tax): Total => ({
      label: `Includes ${nameOf(tax)}`,
      amount: money(tax.amountMinor),
      weight: "aside",
    })),
    ...(included.length === 0 ? [] : [net]),
  ];
}

/** The document as it is read and printed. */
export function documentSheet(document: DocumentView): Sheet {
  const { kind, number, guest, booking, lines, total, charge } = document;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: total.currency });
  const isInvoice = kind === "invoice";
  return {
    title: isInvoice ? "Invoice" : "Credit note",
    number,
    fileName: number,
    facts: factsOf(document),
    blocks: [
      { label: "From", lines: issuerLines(document.issuer) },
      { label: "To", lines: [guest.name] },
      {
        label: "Booking",
        lines: [
          booking.resourceTitle,
          spanOf(booking),
          charge === 1 ? booking.bookingId : `${booking.bookingId}, charge ${charge}`,
        ],
      },
    ],
    columns,
    rows: lines.map(({ label, details, counted, amountMinor }) => ({
      cells: [
        label,
        counted === null ? "" : countOf(counted),
        counted === null ? "" : money(counted.unitAmountMinor),
        money(amountMinor),
      ],
      details,
    })),
    empty: "",
    totals: totalsOf(document),
    notes: [noteOf(document)],
    madeAt: document.issuedAt,
  };
}
