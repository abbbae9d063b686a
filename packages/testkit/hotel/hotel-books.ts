/**
 * The hotel's books as a clerk would keep them, apart from the platform: what each stay costs by the night, what is kept
 * of it when it is cancelled or nobody comes. Whole cents; halves are rounded up.
 */
import { nightsOf, type Stay } from "./hotel-trace.ts";

/** Check-in and check-out at the hotel's own clock. */
export const house = { zone: "Europe/Lisbon", checkIn: "15:00", checkOut: "11:00" } as const;

/** A night's surcharge before the guest's own rate: dearer from Friday to Sunday, and in July and August. */
function surchargeMinor(night: string): number {
  const date = Temporal.PlainDate.from(night);
  const inSeason = date.month === 7 || date.month === 8 ? 1500 : 1000;
  const isWeekend = date.dayOfWeek === 5 || date.dayOfWeek === 6;
  return isWeekend ? halfUp(inSeason * 125, 100) : inSeason;
}

/** What the stay's nights cost, in order. */
export function nightlyPrices(stay: Stay): number[] {
  return nightsOf(stay).map((night) => surchargeMinor(night) + stay.rateMinor);
}

/** What the stay costs with the city's 6 % on top. */
export function totalMinor(stay: Stay): number {
  const net = nightlyPrices(stay).reduce((sum, price) => sum + price, 0);
  return net + halfUp(net * 600, 10_000);
}

/** What is kept in the end: all of it, or less after a cancellation at noon of its day, or where nobody came. */
export function keptMinor(stay: Stay): number {
  const total = totalMinor(stay);
  return total - halfUp(total * refundPercent(stay), 100);
}

function refundPercent(stay: Stay): number {
  if (stay.isNoShow) return 30;
  if (stay.cancelledOn === null) return 0;
  const at = (date: string, time: string) =>
    Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: house.zone, plainTime: time })
      .epochMilliseconds;
  const hoursLeft = (at(stay.arrivesOn, house.checkIn) - at(stay.cancelledOn, "12:00")) / 3_600_000;
  if (hoursLeft >= 168) return 100;
  return hoursLeft >= 48 ? 50 : 20;
}

function halfUp(dividend: number, divisor: number): number {
  return Math.floor((2 * dividend + divisor) / (2 * divisor));
}
