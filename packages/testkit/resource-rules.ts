/** The rules of a plain resource that tests and benchmarks book, and vary where they need to. */
import {
  resourceRules,
  type ResourceRules,
  type ResourceRulesInput,
} from "@holdfast/contracts/resource-snapshot";

const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Open at all times, in steps of so many minutes, which is also the shortest booking; eight hours at most. */
export function roundTheClock(stepMinutes: number): Extract<ResourceRules["availability"], { by: "hours" }> {
  return {
    by: "hours",
    exceptions: [],
    weekly: Object.fromEntries(everyDay.map((day) => [day, [{ from: "00:00", to: "24:00" }]])),
    granularityMinutes: stepMinutes,
    minimumMinutes: stepMinutes,
    maximumMinutes: 480,
  };
}

/** Open round the clock, by the hour, one unit, half back within a day of the start. */
export const deskRules: ResourceRules = completeRules({
  title: "Desk by the window",
  kind: "desk",
  zone: "Europe/Lisbon",
  capacity: 1,
  availability: roundTheClock(60),
  price: { per: "hour", amountMinor: 1200, currency: "EUR" },
  cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 50 },
});

/** Rules with everything that may be left out filled in, as the API does it. */
export function completeRules(given: ResourceRulesInput): ResourceRules {
  return resourceRules.parse(given);
}
