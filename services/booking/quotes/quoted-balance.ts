/** What a quote is for, and which part of it is due later. */
import { askedBooking, type AskedBody, type AskedBooking } from "../bookings/asked-booking.ts";
import type { QuoteRow } from "../database.ts";
import { balanceOf, type StoredBalance } from "../pricing/deposit.ts";

/** How long a quote stands. */
export const quoteMinutes = 15;

/** What the quote is for. Those that an earlier release wrote during an update say it in their columns alone. */
export function askedOf(quote: QuoteRow): AskedBooking {
  const { resource_id: resourceId, starts_at: startsAt, ends_at: endsAt, quantity } = quote;
  const plain: AskedBody = { resourceId, startsAt, endsAt, quantity, people: 1, also: [], extras: [] };
  return askedBooking({ ...plain, ...quote.asked });
}

/** The balance as of when the quote was made, so that what it says is due stands as long as it does. */
export function quotedBalance(quote: QuoteRow): StoredBalance | null {
  return balanceOf({
    policies: quote.policies,
    totalMinor: quote.total_minor,
    currency: quote.currency,
    beginsAtMs: Math.min(...askedOf(quote).parts.map((part) => part.startsAt)),
    nowMs: Date.parse(quote.expires_at) - quoteMinutes * 60_000,
  });
}
