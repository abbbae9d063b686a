/** A quote as its guest sees it. */
import type { QuoteView } from "@holdfast/contracts/api/booking";
import type { QuoteRow } from "../database.ts";
import { depositOf } from "../pricing/refund.ts";

export function quoteView(row: QuoteRow): QuoteView {
  const { currency, total_minor: totalMinor } = row;
  const { people } = row.asked;
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
    deposit: { amountMinor: depositOf(row.policies, totalMinor), currency },
    cancellation: row.cancellation,
    policies: row.policies,
    expiresAt: utc(row.expires_at),
  };
}

function utc(instant: string): string {
  return Temporal.Instant.from(instant).toString();
}
