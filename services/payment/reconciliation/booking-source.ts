/** Asks booking what is to be kept of bookings. */
import { type AskedService, askService } from "@holdfast/chassis/ask-service";
import type { Logger } from "@holdfast/chassis/log";
import { type BookingMoney, getBookingMoney } from "@holdfast/contracts/api/booking-money";
import type { Id } from "@holdfast/contracts/ids";

export interface BookingSource {
  /** Booking's word on each of them, at most 200, null of one that it does not know; null while booking does not answer. */
  wordOn(bookingIds: readonly Id<"bkg">[]): Promise<ReadonlyMap<string, BookingMoney | null> | null>;
}

export function createBookingSource(booking: AskedService, log: Logger): BookingSource {
  return {
    async wordOn(bookingIds) {
      const asked = [...new Set(bookingIds)];
      if (asked.length === 0) return new Map();
      try {
        const { bookings } = await askService(booking, getBookingMoney, { bookingIds: asked });
        const known = new Map(bookings.map((each) => [each.facts.bookingId, each]));
        return new Map(asked.map((id) => [id, known.get(id) ?? null]));
      } catch (error) {
        log.warn({ err: error }, "booking does not say what is to be kept; the rest is compared without it");
        return null;
      }
    },
  };
}
