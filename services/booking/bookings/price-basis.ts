/** Everything the price of a booking is made of, whole: the same lines come from it again. JSON-safe. */
import type { PriceLine } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { PriceRule } from "@holdfast/contracts/price-rules";
import type { NonEmpty } from "./non-empty.ts";
import { priceOf, type Price, type PriceContext, type PriceRefusal } from "../pricing/price.ts";

/** One part's price: by the rule of that version of its resource, for that context. */
export interface PricedPart {
  readonly resourceId: Id<"res">;
  readonly version: number;
  readonly rule: PriceRule;
  readonly context: PriceContext;
}

/** The parts of a booking; the first has the extras and the promotion. All in one currency. */
export interface PriceBasis {
  readonly parts: NonEmpty<PricedPart>;
}

/** Why there is no price, and which part is at fault. */
export interface PriceRefused {
  readonly refusal: PriceRefusal;
  readonly part: number;
}

/** The price of all parts together. The lines of further parts name their resource. */
export function priceOfBasis({ parts }: PriceBasis): Price | PriceRefused {
  const [main] = parts;
  const lines: PriceLine[] = [];
  let amountMinor = 0;
  for (const [index, { resourceId, rule, context }] of parts.entries()) {
    const price = priceOf(rule, context);
    if (typeof price === "string") return { refusal: price, part: index };
    lines.push(...(index === 0 ? price.lines : price.lines.map((line) => ({ ...line, resourceId }))));
    amountMinor += price.total.amountMinor;
    if (!Number.isSafeInteger(amountMinor)) return { refusal: "too-large", part: index };
  }
  return { lines, total: { amountMinor, currency: main.rule.currency } };
}
