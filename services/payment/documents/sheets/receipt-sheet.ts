/** A receipt, laid out. */
import { formatMoney } from "@holdfast/chassis/format-money";
import type { ReceiptView } from "@holdfast/contracts/api/documents";
import type { Sheet } from "./sheet.ts";
import { dateOf, issuerLines, spanOf } from "./words.ts";

const columns = [
  { label: "What", align: "left", width: 0.28 },
  { label: "When", align: "left", width: 0.24 },
  { label: "Document", align: "left", width: 0.3 },
  { label: "Amount", align: "right", width: 0.18 },
] as const;

/** The receipt as it is read and printed, made at `now`. */
export function receiptSheet(receipt: ReceiptView, now: string): Sheet {
  const { booking, guest, issuer, currency, movements } = receipt;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency });
  return {
    title: "Receipt",
    number: null,
    fileName: `receipt-${booking.bookingId}`,
    facts: [["As of", dateOf(now)]],
    blocks: [
      { label: "From", lines: issuerLines(issuer) },
      { label: "To", lines: [guest.name] },
      { label: "Booking", lines: [booking.resourceTitle, spanOf(booking), booking.bookingId] },
    ],
    columns,
    rows: movements.map(({ kind, charge, at, amountMinor, document }) => {
      const isPayment = kind === "payment";
      const what = isPayment ? "Payment" : "Refund";
      return {
        cells: [
          charge === 1 ? what : `${what} of charge ${charge}`,
          dateOf(at),
          document ?? "being written",
          money(isPayment ? amountMinor : -amountMinor),
        ],
        details: [],
      };
    }),
    empty: "Nothing has been paid.",
    totals: [
      { label: "Paid", amount: money(receipt.paidMinor), weight: "part" },
      ...(receipt.refundedMinor === 0
        ? []
        : [{ label: "Given back", amount: money(-receipt.refundedMinor), weight: "part" } as const]),
      ...(receipt.chargedBackMinor === 0
        ? []
        : [
            {
              label: "Given back by the guest's bank",
              amount: money(-receipt.chargedBackMinor),
              weight: "part",
            } as const,
          ]),
      { label: "Kept", amount: money(receipt.keptMinor), weight: "sum" },
    ],
    notes: [],
    madeAt: now,
  };
}
