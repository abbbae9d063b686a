/** Rules whose price or terms are wrong. */
import { many, roomRules, type Wrong } from "./wrong-rules.fixture.ts";

const nights = { of: roomRules };
const adjust = (more: object) => [
  { label: "Weekend", when: { weekdays: ["sat"] }, change: { basisPoints: 500 }, ...more },
];
const when = (condition: object) => adjust({ when: condition });
const extra = { code: "towel", label: "Towel", per: "person", amountMinor: 300 };
const tax = { label: "VAT", basisPoints: 2300 };
const tiers = (...list: readonly (readonly [number, number])[]) =>
  list.map(([untilHours, refundPercent]) => ({ untilHours, refundPercent }));

export const wrongPrices: readonly Wrong[] = [
  { what: "a negative price", set: { "price.amountMinor": -1 } },
  { what: "a price of half a cent", set: { "price.amountMinor": 0.5 } },
  { what: "a price beyond 2^53", set: { "price.amountMinor": 2 ** 53 } },
  { what: "a price in words", set: { "price.amountMinor": "12" } },
  { what: "a currency nobody has", set: { "price.currency": "ABC" } },
  { what: "a currency in small letters", set: { "price.currency": "eur" } },
  { what: "a price per night of what is booked by the hour", set: { "price.per": "night" } },
  { what: "a price per hour of nights", set: { "price.per": "hour" }, ...nights },
  { what: "101 adjustments", set: { "price.adjustments": many(101, () => adjust({})[0]) } },
  {
    what: "an adjustment without a condition",
    set: { "price.adjustments": when({}) },
    names: "price.adjustments.0.when",
  },
  {
    what: "an adjustment that changes nothing",
    set: { "price.adjustments": adjust({ change: {} }) },
    names: "price.adjustments.0.change",
  },
  {
    what: "an adjustment beyond 2^53",
    set: { "price.adjustments": adjust({ change: { setMinor: 2 ** 53 } }) },
    names: "price.adjustments.0.change.setMinor",
  },
  {
    what: "an adjustment by more than everything off",
    set: { "price.adjustments": adjust({ change: { basisPoints: -10_001 } }) },
    names: "price.adjustments.0.change.basisPoints",
  },
  {
    what: "a season from February 30",
    set: { "price.adjustments": when({ season: { from: "02-30", to: "04-01" } }) },
    names: "price.adjustments.0.when.season.from",
  },
  {
    what: "a season to April 31",
    set: { "price.adjustments": when({ season: { from: "02-01", to: "04-31" } }) },
    names: "price.adjustments.0.when.season.to",
  },
  {
    what: "a season in month 13",
    set: { "price.adjustments": when({ season: { from: "13-01", to: "04-01" } }) },
    names: "price.adjustments.0.when.season.from",
  },
  {
    what: "dates in the wrong order",
    set: { "price.adjustments": when({ dates: { from: "2027-02-01", to: "2027-01-01" } }) },
    names: "price.adjustments.0.when.dates.to",
  },
  {
    what: "no weekdays at all",
    set: { "price.adjustments": when({ weekdays: [] }) },
    names: "price.adjustments.0.when.weekdays",
  },
  {
    what: "hours from 24:00",
    set: { "price.adjustments": when({ hours: { from: "24:00", to: "02:00" } }) },
    names: "price.adjustments.0.when.hours.from",
  },
  {
    what: "hours without length",
    set: { "price.adjustments": when({ hours: { from: "09:00", to: "09:00" } }) },
    names: "price.adjustments.0.when.hours.to",
  },
  {
    what: "a quantity of at least more than at most",
    set: { "price.adjustments": when({ quantity: { atLeast: 5, atMost: 2 } }) },
    names: "price.adjustments.0.when.quantity.atMost",
  },
  {
    what: "an occupancy above all",
    set: { "price.adjustments": when({ occupancyPercent: { atLeast: 101 } }) },
    names: "price.adjustments.0.when.occupancyPercent.atLeast",
  },
  { what: "the same extra twice", set: { "price.extras": [extra, extra] }, names: "price.extras.1.code" },
  {
    what: "an extra's code with spaces",
    set: { "price.extras": [{ ...extra, code: "big towel" }] },
    names: "price.extras.0.code",
  },
  {
    what: "an extra nobody may have",
    set: { "price.extras": [{ ...extra, maximum: 0 }] },
    names: "price.extras.0.maximum",
  },
  {
    what: "an extra per week",
    set: { "price.extras": [{ ...extra, per: "week" }] },
    names: "price.extras.0.per",
  },
  {
    what: "a fee of nothing",
    set: { "price.fees": [{ label: "Service", basisPoints: 0 }] },
    names: "price.fees.0.basisPoints",
  },
  {
    what: "a fee beyond 2^53",
    set: { "price.fees": [{ label: "Service", per: "unit", amountMinor: 2 ** 60 }] },
    names: "price.fees.0.amountMinor",
  },
  { what: "a fee that is a word", set: { "price.fees": ["service"] }, names: "price.fees.0" },
  { what: "the same tax twice", set: { "price.taxes": [tax, tax] }, names: "price.taxes.1.label" },
  {
    what: "a negative tax",
    set: { "price.taxes": [{ ...tax, basisPoints: -100 }] },
    names: "price.taxes.0.basisPoints",
  },

  { what: "a refund of 101 percent", set: { "cancellation.refundPercentAfter": 101 } },
  { what: "a refund until after the start", set: { "cancellation.fullRefundUntilHours": -1 } },
  {
    what: "tiers that overlap",
    set: { "cancellation.tiers": tiers([12, 80], [12, 60]) },
    names: "cancellation.tiers.1.untilHours",
  },
  {
    what: "tiers in the wrong order",
    set: { "cancellation.tiers": tiers([6, 80], [12, 60]) },
    names: "cancellation.tiers.1.untilHours",
  },
  {
    what: "a tier before the full refund ends",
    set: { "cancellation.tiers": tiers([24, 80]) },
    names: "cancellation.tiers.0.untilHours",
  },
  {
    what: "a later tier that gives back more",
    set: { "cancellation.tiers": tiers([12, 60], [6, 80]) },
    names: "cancellation.tiers.1.refundPercent",
  },
  {
    what: "more back after the tiers than in them",
    set: { "cancellation.refundPercentAfter": 70, "cancellation.tiers": tiers([12, 60]) },
  },
  { what: "a no-show before the start", set: { "noShow.afterMinutes": -1 } },
  { what: "a deposit of nothing", set: { depositPercent: 0 } },
  { what: "an approval within a minute", set: { "approval.withinMinutes": 1 } },
  { what: "a hold of no time", set: { holdMinutes: 0 } },
  { what: "a hold of two days", set: { holdMinutes: 2880 } },
  { what: "a negative hold for those who wait", set: { waitlistHoldMinutes: -1 } },
];
