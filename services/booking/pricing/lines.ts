/** The lines of a price: what is counted, times what one costs, and shares of the lines before. */
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { PerWhat, PriceRule, PromotionTerms } from "@holdfast/contracts/price-rules";
import type { PriceContext } from "./price.ts";
import { halfUp, stepOf } from "./rounding.ts";
import { slicesOf, wallClock } from "./slices.ts";
import type { BookingPrices } from "./unit-prices.ts";
import { clockSpan } from "./wall-clock.ts";

/** A line whose amounts may yet be larger than a line's may be. */
export type Line = Omit<PriceLine, "unitAmountMinor" | "amountMinor"> & {
  readonly unitAmountMinor: bigint;
  readonly amountMinor: bigint;
};

const labels = { hour: "Hours", night: "Nights", booking: "Booking" } as const;

/** The length itself: a line each stretch of one price. */
export function baseLines(rule: PriceRule, context: PriceContext, prices: BookingPrices): Line[] {
  const quantity = rule.perPerson ? context.people : context.quantity;
  const step = stepOf(rule.currency);
  return slicesOf(rule.per, context, prices).map(({ count, price }) => ({
    ...counted({ unit: rule.per, count, quantity, unitAmountMinor: price.amountMinor }, step),
    kind: "base",
    label: labels[rule.per],
    adjustments: [...price.adjustments],
  }));
}

/** The extras asked for, in the order the rule names them. */
export function extraLines(
  rule: PriceRule,
  context: PriceContext,
): Line[] | "extra-unknown" | "too-many-extras" {
  if (context.extras.length === 0) return [];
  const wanted = new Map<string, number>();
  for (const { code, quantity } of context.extras) wanted.set(code, (wanted.get(code) ?? 0) + quantity);
  const step = stepOf(rule.currency);
  const lines: Line[] = [];
  for (const extra of rule.extras) {
    const quantity = wanted.get(extra.code);
    if (quantity === undefined) continue;
    if (quantity > extra.maximum) return "too-many-extras";
    wanted.delete(extra.code);
    const counting = countedPer(extra, context, { times: quantity, step });
    lines.push(...counting.map((line) => ({ ...line, kind: "extra" as const })));
  }
  return wanted.size > 0 ? "extra-unknown" : lines;
}

/** What every booking is charged; shares are of the base lines. */
export function feeLines(rule: PriceRule, context: PriceContext, base: readonly Line[]): Line[] {
  const step = stepOf(rule.currency);
  return rule.fees.flatMap((fee) => {
    const lines =
      "basisPoints" in fee
        ? [flat(fee.label, shareOf(sumOf(base), fee.basisPoints, step))]
        : countedPer(fee, context, { times: 1, step });
    return lines.map((line) => ({ ...line, kind: "fee" as const }));
  });
}

/** What a promotion takes off, never more than there is; none where it is an amount of another currency. */
export function promotionLine(
  { label, discount }: PromotionTerms,
  currency: string,
  base: readonly Line[],
): Line | undefined {
  const most = sumOf(base);
  const step = stepOf(currency);
  if ("basisPoints" in discount) {
    return { ...flat(label, -shareOf(most, discount.basisPoints, step)), kind: "promotion" };
  }
  if (discount.currency !== currency) return undefined;
  const off = halfUp(BigInt(discount.amountMinor), 1n, step);
  return { ...flat(label, off < most ? -off : -most), kind: "promotion" };
}

/** Taxes on everything before them. One that the prices include already is the part of them that it is. */
export function taxLines(rule: PriceRule, before: readonly Line[]): Line[] {
  if (rule.taxes.length === 0) return [];
  const taxed = sumOf(before);
  const step = stepOf(rule.currency);
  return rule.taxes.map(({ label, basisPoints, included }) => {
    const rate = BigInt(basisPoints);
    const amountMinor = included
      ? halfUp(taxed * rate, 10_000n + rate, step)
      : shareOf(taxed, basisPoints, step);
    return { ...flat(label, amountMinor), kind: "tax", included, basisPoints };
  });
}

/** The amounts of the lines together, without those that others contain already. */
export function sumOf(lines: readonly Line[]): bigint {
  return lines.reduce((sum, line) => (line.included ? sum : sum + line.amountMinor), 0n);
}

function shareOf(amountMinor: bigint, basisPoints: number, step: bigint): bigint {
  return halfUp(amountMinor * BigInt(basisPoints), 10_000n, step);
}

type Counted = Omit<Line, "kind" | "label" | "adjustments">;

/** So many minutes, nights or bookings of so many units, rounded once. */
function counted(
  of: {
    readonly unit: PriceLine["unit"];
    readonly count: number;
    readonly quantity: number;
    readonly unitAmountMinor: bigint;
  },
  step: bigint,
): Counted {
  const product = of.unitAmountMinor * BigInt(of.count) * BigInt(of.quantity);
  const isHours = of.unit === "hour";
  return {
    ...of,
    count: isHours ? of.count / 60 : of.count,
    amountMinor: isHours || step > 1n ? halfUp(product, isHours ? 60n : 1n, step) : product,
    included: false,
  };
}

/** A line that counts one of the amount, which is rounded by now. */
function flat(label: string, amountMinor: bigint): Omit<Line, "kind"> {
  const one = { unit: "booking", count: 1, quantity: 1, unitAmountMinor: amountMinor } as const;
  return { ...one, amountMinor, included: false, label, adjustments: [] };
}

/** A line for what is charged per something of the booking, so many times; none where there is nothing to count. */
function countedPer(
  of: { readonly label: string; readonly per: PerWhat; readonly amountMinor: number },
  context: PriceContext,
  { times, step }: { readonly times: number; readonly step: bigint },
): Omit<Line, "kind">[] {
  const { unit, count, each } = whatIsCounted(of.per, context);
  if (count === 0) return [];
  const one = { unit, count, quantity: each * times, unitAmountMinor: BigInt(of.amountMinor) };
  const line = counted(one, step);
  return [{ ...line, label: of.label, adjustments: [] }];
}

function whatIsCounted(
  per: PerWhat,
  context: PriceContext,
): { readonly unit: PriceLine["unit"]; readonly count: number; readonly each: number } {
  const { quantity, people } = context;
  if (per === "hour") return { unit: "hour", count: elapsedMinutes(context), each: quantity };
  if (per === "night") return { unit: "night", count: nightsOf(context), each: quantity };
  const each = { booking: 1, unit: quantity, person: people };
  return { unit: "booking", count: 1, each: each[per] };
}

function elapsedMinutes({ length, startsAt, endsAt }: PriceContext): number {
  return length.unit === "minute" ? length.count : Math.floor((endsAt - startsAt) / 60_000);
}

/** Of what is booked by the minute, the midnights that it passes. */
function nightsOf({ length, zone, startsAt, endsAt }: PriceContext): number {
  if (length.unit === "night") return length.count;
  const dayAt = (at: number) => wallClock(at + clockSpan(zone, at).offsetMs).day;
  return dayAt(endsAt) - dayAt(startsAt);
}
