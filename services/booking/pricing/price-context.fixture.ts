/** Bookings for the tests of prices, and rules for them to be priced by. */
import type { PromotionTerms, PriceRule } from "@holdfast/contracts/price-rules";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import { priceOf, type Price, type PriceContext } from "./price.ts";

const byNight = {
  by: "nights",
  checkIn: "15:00",
  checkOut: "11:00",
  minimumNights: 1,
  maximumNights: 365,
} as const;

/** A price rule as the API completes it. */
export function priceRule(price: ResourceRulesInput["price"]): PriceRule {
  const availability = price.per === "night" ? byNight : deskRules.availability;
  return completeRules({ ...deskRules, availability, price }).price;
}

/** What a booking has beside its time: one unit for one person, a day ahead, nobody else there. */
const plain = {
  zone: "Europe/Lisbon",
  quantity: 1,
  people: 1,
  leadMinutes: 1440,
  occupancyPercent: 0,
  extras: [],
  promotion: null,
} as const;

/** A booking of so many elapsed minutes from a wall-clock time in Lisbon, or in the zone given. */
export function minutesFrom(start: string, count: number, rest?: Partial<PriceContext>): PriceContext {
  const zone = rest?.zone ?? plain.zone;
  const startsAt = Temporal.PlainDateTime.from(start).toZonedDateTime(zone).epochMilliseconds;
  return {
    ...plain,
    startsAt,
    endsAt: startsAt + count * 60_000,
    length: { unit: "minute", count },
    ...rest,
  };
}

/** A stay of so many nights, from 15:00 to 11:00 in Lisbon, or in the zone given. */
export function nightsFrom(date: string, count: number, rest?: Partial<PriceContext>): PriceContext {
  const arrival = Temporal.PlainDate.from(date);
  const at = (day: Temporal.PlainDate, plainTime: string) =>
    day.toZonedDateTime({ timeZone: rest?.zone ?? plain.zone, plainTime }).epochMilliseconds;
  return {
    ...plain,
    startsAt: at(arrival, "15:00"),
    endsAt: at(arrival.add({ days: count }), "11:00"),
    length: { unit: "night", count },
    ...rest,
  };
}

/** The terms of a promotion with that discount. */
export function promotion(discount: PromotionTerms["discount"]): PromotionTerms {
  return { promotionId: "prm_01h455vb4pex5vsknk084sn02q", code: "SPRING", label: "Spring", discount };
}

/** The price, of what has one. */
export function priced(rule: PriceRule, context: PriceContext): Price {
  const price = priceOf(rule, context);
  if (typeof price === "string") throw new Error(`refused: ${price}`);
  return price;
}

/** A price in short: each line as `kind label | count x quantity x unit amount = amount | adjustments`, and the total. */
export function inShort({ lines, total }: Price): readonly string[] {
  const sums = lines.map((line) => {
    const sum = `${line.count} x ${line.quantity} x ${line.unitAmountMinor} = ${line.amountMinor}`;
    const adjustments = line.adjustments.length > 0 ? ` | ${line.adjustments.join(", ")}` : "";
    return `${line.kind} ${line.label} | ${sum}${line.included ? " (included)" : ""}${adjustments}`;
  });
  return [...sums, `${total.amountMinor} ${total.currency}`];
}
