/** A quote as its guest sees it. */
import type { QuoteView } from "@holdfast/contracts/api/booking";
import type { QuoteRow } from "../database.ts";
import { paidMinor } from "../pricing/deposit.ts";
import { quotedBalance } from "./quoted-balance.ts";

export function quoteView(row: QuoteRow): QuoteView {
  const { currency, total_minor: totalMinor } = row;
  const { people } = row.asked;
  const balance = quotedBalance(row);
  const due = { amountMinor: paidMinor({ total_minor: totalMinor, balance }), currency };
  return {
    quoteId: row.quote_id,
    resourceId: row.resource_id,
    startsAt: utc(row.starts_at),
    endsAt: utc(row.ends_at),
    quantity: row.quantity,
    // Quotes that an earlier release made were for one person.
    people: typeof people === "number" ? people : 1,
    lines: [...row.lines],
    total: { amountMinor: totalMinor, currency },
    due,
    balance: balance && { amount: { amountMinor: balance.amountMinor, currency }, dueAt: balance.dueAt },
    deposit: due,
    cancellation: row.cancellation,
    policies: row.policies,
    expiresAt: utc(row.expires_at),
  };
}

function utc(instant: string): string {
  return Temporal.Instant.from(instant).toString();
}
