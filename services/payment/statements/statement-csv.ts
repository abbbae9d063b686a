/** A vendor's statement as a table for spreadsheets and accounting (RFC 4180, UTF-8). */
import type { VendorStatement } from "@holdfast/contracts/api/earnings";
import { decimalOf } from "@holdfast/contracts/values";
import { stringify } from "csv-stringify/sync";

const columns = [
  "on",
  "kind",
  "currency",
  "bookingId",
  "transferId",
  "takenMinor",
  "commissionMinor",
  "taxMinor",
  "amountMinor",
  "amount",
  "balanceMinor",
  "balance",
  "transactionId",
  "at",
] as const;
type Row = Partial<Record<(typeof columns)[number], string | number>>;

function rowsOf({ from, to, currencies }: VendorStatement): Row[] {
  return currencies.flatMap(({ currency, openingMinor, lines, closingMinor }) => {
    const money = (name: "amount" | "balance", minor: number) => ({
      [`${name}Minor`]: minor,
      [name]: decimalOf(minor, currency),
    });
    return [
      { on: from, kind: "opening", currency, ...money("balance", openingMinor) },
      ...lines.map(({ amountMinor, balanceMinor, bookingId, transferId, ...line }) => ({
        ...line,
        currency,
        bookingId: bookingId ?? "",
        transferId: transferId ?? "",
        ...money("amount", amountMinor),
        ...money("balance", balanceMinor),
      })),
      { on: to, kind: "closing", currency, ...money("balance", closingMinor) },
    ];
  });
}

/** The whole file. All that is in it is ours: there is nothing that a spreadsheet would take for a formula but a minus. */
export function statementCsv(statement: VendorStatement): string {
  return stringify(rowsOf(statement), { header: true, columns: [...columns], record_delimiter: "windows" });
}
