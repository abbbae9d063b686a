/** The rules of a plain resource that tests and benchmarks book, and vary where they need to. */
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";

const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Open at all times, in steps of so many minutes, which is also the shortest booking; eight hours at most. */
export function roundTheClock(stepMinutes: number): ResourceRules["availability"] {
  return {
    by: "hours",
    weekly: Object.fromEntries(everyDay.map((day) => [day, [{ from: "00:00", to: "24:00" }]])),
    granularityMinutes: stepMinutes,
    minimumMinutes: stepMinutes,
    maximumMinutes: 480,
  };
}

/** Open round the clock, by the hour, one unit, half back within a day of the start. */
export const deskRules: ResourceRules = {
  title: "Desk by the window",
  kind: "desk",
  description: "",
  zone: "Europe/Lisbon",
  capacity: 1,
  availability: roundTheClock(60),
  price: { per: "hour", amountMinor: 1200, currency: "EUR" },
  cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 50 },
  holdMinutes: 10,
  noticeMinutes: 0,
  windowDays: 365,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  closedOn: [],
};
