/** What a booking cost when each of its charges was asked for. Pure. */
import type { BookingRow, ChargedPrice } from "../database.ts";

type Priced = Pick<
  BookingRow,
  "charged_prices" | "starts_at" | "ends_at" | "quantity" | "total_minor" | "lines"
>;

/** By charge; of a booking that never moved it is what it costs now, for charge 1. */
export function chargedPrices(booking: Priced): readonly ChargedPrice[] {
  if (booking.charged_prices.length > 0) return booking.charged_prices;
  return [
    {
      charge: 1,
      startsAt: booking.starts_at,
      endsAt: booking.ends_at,
      quantity: booking.quantity,
      totalMinor: booking.total_minor,
      lines: booking.lines,
    },
  ];
}
